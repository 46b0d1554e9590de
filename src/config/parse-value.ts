// Text of one variable to its value: a value, or what is wrong and what to write.
import type { Variable } from './variable.ts'

/** `wanted` completes the sentence "Write …". */
export type Parsed<T> = { readonly value: T } | { readonly wanted: string }

const TRUE = new Set(['true', '1', 'yes', 'on'])
const FALSE = new Set(['false', '0', 'no', 'off'])
const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 1024,
  kb: 1024,
  kib: 1024,
  m: 1024 ** 2,
  mb: 1024 ** 2,
  mib: 1024 ** 2,
  g: 1024 ** 3,
  gb: 1024 ** 3,
  gib: 1024 ** 3,
}

export function parseBoolean(text: string): Parsed<boolean> {
  const word = text.toLowerCase()
  if (TRUE.has(word)) return { value: true }
  if (FALSE.has(word)) return { value: false }
  return { wanted: 'true or false' }
}

export function parseChoice(text: string, choices: readonly string[], synonyms: Readonly<Record<string, string>> = {}): Parsed<string> {
  const word = synonyms[text.toLowerCase()] ?? text.toLowerCase()
  return choices.includes(word) ? { value: word } : { wanted: `one of ${choices.join(', ')}` }
}

/** Seconds become ms. */
export function parseNumber(text: string, variable: Extract<Variable, { type: 'port' | 'integer' | 'bytes' | 'seconds' }>): Parsed<number> {
  const [min, max] = variable.type === 'port' ? [0, 65_535] : [variable.min, variable.max]
  if (variable.type === 'seconds') {
    const seconds = /^\d+(\.\d+)?s?$/.test(text) ? Number.parseFloat(text) : Number.NaN
    return seconds >= min && seconds <= max ? { value: Math.round(seconds * 1000) } : { wanted: `seconds from ${min} to ${max}, e.g. 30` }
  }
  if (variable.type === 'bytes') {
    const match = /^(\d+)\s*([a-z]*)$/i.exec(text)
    const bytes = Number(match?.[1] ?? Number.NaN) * (UNITS[match?.[2]?.toLowerCase() ?? ''] ?? Number.NaN)
    return bytes >= min && bytes <= max ? { value: bytes } : { wanted: `bytes from ${min} to ${max}, e.g. 52428800 or 50MiB` }
  }
  const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
  const kind = variable.type === 'port' ? 'a port number' : 'a whole number'
  return number >= min && number <= max ? { value: number } : { wanted: `${kind} from ${min} to ${max}` }
}

/** An http(s) URL without query, fragment and user info; trailing slashes are dropped. */
export function parseBaseUrl(text: string): Parsed<string> {
  const wanted = 'a URL such as https://gateway.example.com, without query, fragment and password'
  if (!URL.canParse(text)) return { wanted }
  const url = new URL(text)
  const plain = (url.protocol === 'http:' || url.protocol === 'https:') && !url.search && !url.hash && !url.username && !url.password
  return plain ? { value: url.href.replace(/\/+$/, '') } : { wanted }
}

/** Entries separated by commas or line breaks; blanks around them and empty entries are dropped. */
export function parseList(text: string): string[] {
  return text
    .split(/[,\n\r]/)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
}
