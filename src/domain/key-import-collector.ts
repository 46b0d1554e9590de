// Gathers the keys and the faults of a paste within their bounds.
import { limits } from '../limits.ts'
import { KEY_TAG_PATTERN, KEY_TAG_RULE, type KeyLimits } from './upstream-key.ts'

export interface ImportedKey {
  readonly value: string
  /** 1-based line of the paste, or 1-based position in a JSON list. */
  readonly line: number
  readonly label?: string | undefined
  readonly weight?: number | undefined
  readonly tier?: number | undefined
  readonly quotaGroup?: string | undefined
  readonly tags?: readonly string[] | undefined
  readonly limits?: KeyLimits | undefined
  readonly enabled?: boolean | undefined
}

export interface InvalidLine {
  readonly line: number
  /** For people; never holds any part of what was pasted. */
  readonly reason: string
}

export interface KeyImport {
  readonly keys: readonly ImportedKey[]
  /** At most IMPORT_INVALID_MAX; `invalidCount` has the true number. */
  readonly invalid: readonly InvalidLine[]
  readonly invalidCount: number
}

export const IMPORT_INVALID_MAX = 1_000
export const IMPORT_KEYS_MAX = 100_000
export const KEY_VALUE_CHARS_MAX = 4_096

/** What a key must not contain; undefined when it may be sent in a header. */
export function findKeyFault(value: string): string | undefined {
  if (value === '') return 'is empty'
  if (value.length > KEY_VALUE_CHARS_MAX) return `is longer than ${KEY_VALUE_CHARS_MAX} characters`
  if (/[\x00-\x1f\x7f-\x9f]/.test(value)) return 'contains a line break or another control character'
  if (/[^\x20-\x7e]/.test(value)) return 'contains characters outside ASCII; look for typographic quotes or invisible spaces'
  if (value !== value.trim()) return 'begins or ends with a space'
  return undefined
}

/** What is wrong with the tags of a key; undefined when they may be stored. */
export function findTagsFault(tags: readonly string[] = []): string | undefined {
  if (tags.length > limits.keyTagsMax) return `has more than ${limits.keyTagsMax} tags`
  return tags.every((tag) => KEY_TAG_PATTERN.test(tag)) ? undefined : `has a tag that is not made of ${KEY_TAG_RULE}`
}

/** Tags in one text, as tables and command lines have them. */
export function splitTags(text: string): string[] | undefined {
  const tags = text.split(/[\s,;|]+/).filter((tag) => tag !== '')
  return tags.length === 0 ? undefined : tags
}

/** Gathers results within the bounds. */
export class ImportCollector {
  readonly #keys: ImportedKey[] = []
  readonly #invalid: InvalidLine[] = []
  #invalidCount = 0

  add(key: ImportedKey): void {
    const fault =
      findKeyFault(key.value) ??
      findTagsFault(key.tags) ??
      (this.#keys.length >= IMPORT_KEYS_MAX ? `is above the limit of ${IMPORT_KEYS_MAX} keys per import` : undefined)
    if (fault === undefined) this.#keys.push(key)
    else this.refuse(key.line, fault)
  }

  refuse(line: number, reason: string): void {
    this.#invalidCount++
    if (this.#invalid.length < IMPORT_INVALID_MAX) this.#invalid.push({ line, reason })
  }

  result(): KeyImport {
    return { keys: this.#keys, invalid: this.#invalid, invalidCount: this.#invalidCount }
  }
}

/** Labels are for people: no control characters, at most 100 characters. */
export function cleanLabel(text: string): string {
  return text
    .replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/g, ' ')
    .trim()
    .slice(0, 100)
}
