// The level in force, changeable while the program runs.
import type { LogLevel } from '../../ports/logger.ts'

/** Smaller is more urgent. */
export const LEVELS: Readonly<Record<LogLevel, number>> = { error: 0, warn: 1, info: 2, debug: 3, trace: 4 }

export class LevelSwitch {
  #level: LogLevel

  constructor(level: LogLevel) {
    this.#level = level
  }

  get level(): LogLevel {
    return this.#level
  }

  set(level: LogLevel): void {
    this.#level = level
  }

  allows(level: LogLevel): boolean {
    return LEVELS[level] <= LEVELS[this.#level]
  }
}
