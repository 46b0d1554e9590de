// Patterns that people write into rules: `*` is any run of characters, everything else is itself. No pattern can be slow.

/** A pattern read once. Its parts are found one after the other from the left, so nothing is tried twice. */
export class Glob {
  readonly #exact: string | undefined
  readonly #prefix: string
  readonly #suffix: string
  readonly #middles: readonly string[]

  constructor(pattern: string) {
    const parts = pattern.split('*')
    this.#exact = parts.length === 1 ? pattern : undefined
    this.#prefix = parts[0] as string
    this.#suffix = parts.at(-1) as string
    this.#middles = parts.slice(1, -1).filter((part) => part !== '')
  }

  matches(text: string): boolean {
    if (this.#exact !== undefined) return text === this.#exact
    if (text.length < this.#prefix.length + this.#suffix.length) return false
    if (!text.startsWith(this.#prefix) || !text.endsWith(this.#suffix)) return false
    let at = this.#prefix.length
    const end = text.length - this.#suffix.length
    for (const middle of this.#middles) {
      const found = text.indexOf(middle, at)
      if (found < 0 || found + middle.length > end) return false
      at = found + middle.length
    }
    return true
  }
}
