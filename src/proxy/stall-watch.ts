// Tells a client that reads slowly from one that does not read at all.
import type { ServerResponse } from 'node:http'

/** What libuv still has to write; not in Node's typings, absent on some streams. */
interface WithHandle {
  readonly _handle?: { readonly writeQueueSize?: number } | null
}

const LOOK_MS = 1_000

export class StallWatch {
  readonly #response: ServerResponse
  readonly #allowedMs: number
  #sinceMs = 0
  #queued = -1
  isOn = false

  /** @param allowedMs how long a write may make no progress */
  constructor(response: ServerResponse, allowedMs: number) {
    this.#response = response
    this.#allowedMs = allowedMs
  }

  /** Starts, or goes on with, the watch; returns when to look again, in ms. */
  begin(nowMs: number): number {
    const queued = this.#queue()
    if (!this.isOn || queued !== this.#queued) {
      this.isOn = true
      this.#queued = queued
      this.#sinceMs = nowMs
    }
    // Looked at often, or progress in the first moment would be taken for progress just before the end.
    return Math.max(1, Math.min(this.#allowedMs - (nowMs - this.#sinceMs), LOOK_MS))
  }

  isOver(nowMs: number): boolean {
    return this.#queue() === this.#queued && nowMs - this.#sinceMs >= this.#allowedMs
  }

  end(): void {
    this.isOn = false
    this.#queued = -1
  }

  #queue(): number {
    const { socket } = this.#response
    return (socket?.writableLength ?? 0) + ((socket as WithHandle | null)?._handle?.writeQueueSize ?? 0)
  }
}
