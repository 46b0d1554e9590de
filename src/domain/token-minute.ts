// Tokens of the last minute, in parts of a second: a token counts for a minute and at most a second longer.

const PARTS = 61
const PART_MS = 1_000

export class TokenMinute {
  readonly #parts = new Array<number>(PARTS).fill(0)
  /** Number of the newest part, counted from the start of the clock. */
  #head = 0
  #total = 0

  add(nowMs: number, tokens: number): void {
    this.used(nowMs)
    this.#parts[this.#head % PARTS] = (this.#parts[this.#head % PARTS] as number) + tokens
    this.#total += tokens
  }

  used(nowMs: number): number {
    const part = Math.floor(nowMs / PART_MS)
    if (part <= this.#head) return this.#total
    for (let i = Math.max(this.#head + 1, part - PARTS + 1); i <= part; i++) {
      this.#total -= this.#parts[i % PARTS] as number
      this.#parts[i % PARTS] = 0
    }
    this.#head = part
    return this.#total
  }

  /** ms until fewer than `max` count; 0 when that is so now. */
  waitMs(nowMs: number, max: number): number {
    let left = this.used(nowMs)
    if (left < max) return 0
    for (let part = Math.max(0, this.#head - PARTS + 1); part <= this.#head; part++) {
      left -= this.#parts[part % PARTS] as number
      if (left < max) return (part + PARTS) * PART_MS - nowMs
    }
    return 0
  }
}
