// Which resting thing wakes up next: a binary heap of (time, item) pairs.

export class WakeQueue<T> {
  readonly #times: number[] = []
  readonly #items: T[] = []

  get size(): number {
    return this.#times.length
  }

  /** Earliest time in the queue, Infinity when it is empty. */
  get nextAtMs(): number {
    return this.#times[0] ?? Infinity
  }

  add(atMs: number, item: T): void {
    let index = this.#times.length
    this.#times.push(atMs)
    this.#items.push(item)
    while (index > 0) {
      const parent = (index - 1) >> 1
      if ((this.#times[parent] as number) <= atMs) break
      this.#swap(index, parent)
      index = parent
    }
  }

  /** Removes and returns the earliest item whose time is not after `nowMs`; undefined when there is none. */
  takeDue(nowMs: number): T | undefined {
    if (this.nextAtMs > nowMs) return undefined
    const item = this.#items[0] as T
    const lastTime = this.#times.pop() as number
    const lastItem = this.#items.pop() as T
    if (this.#times.length > 0) {
      this.#times[0] = lastTime
      this.#items[0] = lastItem
      this.#sink()
    }
    return item
  }

  #sink(): void {
    let index = 0
    for (;;) {
      const left = 2 * index + 1
      if (left >= this.#times.length) return
      const right = left + 1
      const smaller = right < this.#times.length && (this.#times[right] as number) < (this.#times[left] as number) ? right : left
      if ((this.#times[smaller] as number) >= (this.#times[index] as number)) return
      this.#swap(index, smaller)
      index = smaller
    }
  }

  #swap(a: number, b: number): void {
    const time = this.#times[a] as number
    this.#times[a] = this.#times[b] as number
    this.#times[b] = time
    const item = this.#items[a] as T
    this.#items[a] = this.#items[b] as T
    this.#items[b] = item
  }
}
