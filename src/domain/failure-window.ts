// How many of the latest results were failures: a sliding window in parts, of a fixed size however many results there are.

const PARTS = 10

export class FailureWindow {
  readonly #partMs: number
  readonly #requests = new Float64Array(PARTS)
  readonly #failures = new Float64Array(PARTS)
  /** Which part of time each slot holds. */
  readonly #parts = new Float64Array(PARTS).fill(-1)

  constructor(windowMs: number) {
    this.#partMs = windowMs / PARTS
  }

  /** @param nowMs monotonic, at least 0 */
  add(isFailure: boolean, nowMs: number): void {
    const part = Math.floor(nowMs / this.#partMs)
    const slot = part % PARTS
    if (this.#parts[slot] !== part) {
      this.#parts[slot] = part
      this.#requests[slot] = 0
      this.#failures[slot] = 0
    }
    this.#requests[slot] = (this.#requests[slot] as number) + 1
    if (isFailure) this.#failures[slot] = (this.#failures[slot] as number) + 1
  }

  /** Never counts what is older than the window; a result may leave up to one part too early. */
  countsAt(nowMs: number): { readonly requests: number; readonly failures: number } {
    const part = Math.floor(nowMs / this.#partMs)
    let requests = 0
    let failures = 0
    for (let slot = 0; slot < PARTS; slot++) {
      const age = part - (this.#parts[slot] as number)
      if (this.#parts[slot] === -1 || age < 0 || age >= PARTS) continue
      requests += this.#requests[slot] as number
      failures += this.#failures[slot] as number
    }
    return { requests, failures }
  }
}
