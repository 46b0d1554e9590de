// A string that must never be printed. Owns the only way to read it back: `reveal()`.
import { inspect } from 'node:util'

const PLACEHOLDER = '[secret]'

/** Wraps a credential. Every formatter (String, JSON, template literal, util.inspect) prints `[secret]`. */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** The plain value. `grep '.reveal('` lists every use. */
  reveal(): string {
    return this.#value
  }

  toString(): string {
    return PLACEHOLDER
  }

  toJSON(): string {
    return PLACEHOLDER
  }

  [Symbol.toPrimitive](): string {
    return PLACEHOLDER
  }

  [inspect.custom](): string {
    return PLACEHOLDER
  }
}
