// Finds in the bytes of an answer, as they come and wherever the network cut them, the few members of its JSON that say what it consumed.
import type { MeterReading, TokenUsage, UsageMeter } from '../../domain/usage.ts'
import { limits } from '../../limits.ts'
import { findNumberEnd, findObjectEnd, findTextEnd, isEscaped, QUOTE } from './json-ends.ts'

export interface UsageReading {
  readonly usage: TokenUsage
  /** Whether the output is counted to its end; an opening event may know the input alone. */
  readonly isFinal: boolean
}

/** What one kind of answer is searched for. Streams and whole documents are searched alike: no string of JSON can contain `"name":` unescaped. */
export interface UsageRules {
  /** Member with the name of the model. */
  readonly model: string
  /** Member whose value, an object or a number, says what was consumed. */
  readonly usage: readonly string[]
  /** Members whose strings are what the model wrote; counted for answers whose vendor does not count. */
  readonly text: readonly string[]
  /**
   * @param member one of `usage`
   * @param before what was read from earlier ones
   * @returns undefined when this is not what it looks like
   */
  read(member: string, value: unknown, before: TokenUsage | undefined): UsageReading | undefined
}

/** Of a name, its colon and the space around it. */
const SPACE_MAX = 16

/** Patterns that end right before the value of a wanted member. */
interface Patterns {
  readonly all: RegExp
  /** Once the model is known. */
  readonly withoutModel: RegExp
  /** Characters that may be the beginning of a member. */
  readonly reach: number
}

export function createUsageMeter(rules: UsageRules): () => UsageMeter {
  const names = [...rules.usage, ...rules.text]
  const pattern = (wanted: readonly string[]): RegExp => new RegExp(`"(?:${wanted.join('|')})"\\s{0,${SPACE_MAX}}:\\s{0,${SPACE_MAX}}(?=["{\\d])`, 'g')
  const patterns = {
    all: pattern([rules.model, ...names]),
    withoutModel: pattern(names),
    reach: Math.max(...[rules.model, ...names].map((name) => name.length)) + 2 * SPACE_MAX + 4,
  }
  return () => new UsageScanner(rules, patterns)
}

/** Searches latin1 text: one character per byte, and V8 searches strings faster than buffers. */
class UsageScanner implements UsageMeter {
  readonly #rules: UsageRules
  readonly #patterns: Patterns
  /** End of what came, that the next bytes may complete. */
  #rest = ''
  /** The rest begins inside a string that is counted. */
  #isInText = false
  #isInModel = false
  #model = ''
  #reading: UsageReading | undefined
  #textBytes = 0
  /** `#textBytes` when the vendor last counted. */
  #countedBytes = 0

  constructor(rules: UsageRules, patterns: Patterns) {
    this.#rules = rules
    this.#patterns = patterns
  }

  take(chunk: Buffer): void {
    const text = this.#rest + chunk.toString('latin1')
    this.#rest = ''
    let at = 0
    if (this.#isInText) at = this.#countText(text, 0)
    else if (this.#isInModel) at = this.#readModel(text, 0)
    if (at < 0) return
    for (;;) {
      const pattern = this.#model === '' ? this.#patterns.all : this.#patterns.withoutModel
      pattern.lastIndex = at
      if (!pattern.test(text)) break
      const next = this.#member(text, pattern.lastIndex)
      if (next < 0) return
      at = next
    }
    // The usual end of an event: nothing can go on behind it but a value's white space.
    if (text.charCodeAt(text.length - 1) === 0x0a && text.charCodeAt(text.length - 2) === 0x0a) return
    this.#rest = text.slice(Math.max(at, text.length - this.#patterns.reach))
  }

  end(isWhole: boolean): MeterReading {
    const { usage, isFinal = false } = this.#reading ?? {}
    return {
      model: this.#model,
      usage,
      isFinal,
      uncountedBytes: isWhole && isFinal ? 0 : this.#textBytes - this.#countedBytes,
    }
  }

  /** @param at where its value begins; returns where to go on, or -1 when the rest of the text is kept */
  #member(text: string, at: number): number {
    const first = text.charCodeAt(at)
    const nameEnd = text.lastIndexOf('"', at - 1)
    const name = text.slice(text.lastIndexOf('"', nameEnd - 1) + 1, nameEnd)
    if (first === QUOTE) {
      if (this.#rules.text.includes(name)) return this.#countText(text, at + 1)
      return name === this.#rules.model ? this.#readModel(text, at + 1) : at + 1
    }
    if (!this.#rules.usage.includes(name)) return at
    const end = first === 0x7b ? findObjectEnd(text, at) : findNumberEnd(text, at)
    if (end < 0) {
      const start = nameEnd - name.length - 1
      if (text.length - start > limits.meterRestBytesMax) return at
      this.#rest = text.slice(start)
      return -1
    }
    this.#use(name, text.slice(at, end))
    return end
  }

  #use(name: string, json: string): void {
    const value = parse(json)
    const reading = value === undefined ? undefined : this.#rules.read(name, value, this.#reading?.usage)
    if (reading === undefined) return
    this.#reading = reading
    if (reading.isFinal) this.#countedBytes = this.#textBytes
  }

  #countText(text: string, from: number): number {
    const end = findTextEnd(text, from)
    this.#isInText = end < 0
    // A backslash at the end belongs to what comes.
    const cut = end < 0 ? text.length - (isEscaped(text, text.length, from) ? 1 : 0) : end
    this.#textBytes += cut - from
    if (end >= 0) return end + 1
    this.#rest = text.slice(cut)
    return -1
  }

  #readModel(text: string, from: number): number {
    const end = findTextEnd(text, from)
    if (end < 0 && text.length - from <= limits.modelCharsKept) {
      this.#isInModel = true
      this.#rest = text.slice(from)
      return -1
    }
    this.#isInModel = false
    this.#model = text.slice(from, Math.min(end < 0 ? text.length : end, from + limits.modelCharsKept))
    return end < 0 ? from : end + 1
  }
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
