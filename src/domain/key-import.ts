// Finds upstream keys in whatever a person pastes: lists, .env files, shell exports, CSV/TSV tables, JSON.
import { ImportCollector, cleanLabel } from './key-import-collector.ts'
import type { KeyImport } from './key-import-collector.ts'
import { parseJsonKeys } from './key-import-json.ts'
import { parseKeyTable } from './key-import-table.ts'

/** Shorter words of a paste are prose or numbers, not keys. */
const PASTED_KEY_CHARS_MIN = 8
/** Words of letters only are prose up to this length. */
const PROSE_CHARS_MAX = 20

/**
 * Never throws: what cannot be read is listed in `invalid` with its line.
 * Understands, in this order: JSON, a table with a header row, lines of words.
 */
export function parseKeyImport(text: string): KeyImport {
  const source = text.replace(/^\ufeff/, '')
  const collector = new ImportCollector()
  if (/^\s*[[{]/.test(source) && parseJsonKeys(source, collector)) return collector.result()
  const lines = source.split(/\r\n|\n|\r/)
  if (!parseKeyTable(lines, collector)) lines.forEach((line, index) => parseLine(line, index + 1, collector))
  return collector.result()
}

function parseLine(raw: string, line: number, collector: ImportCollector): void {
  const text = raw.trim()
  if (text === '' || /^(?:#|\/\/|;|--)/.test(text)) return
  // `user:password` is a key, `KEY: value` is not; and what ends in `=` is base64.
  const assigned = /^(?:export\s+|set\s+|\$env:)?[A-Za-z_][\w.-]*(?:\s*=\s*|\s*:\s+)(?=[^\s=,;])(.*)$/.exec(text)
  const { body, comment } = splitComment(assigned === null ? text : (assigned[1] as string))
  for (const word of splitWords(body)) {
    const fault = findPasteFault(word)
    if (fault !== undefined) collector.refuse(line, fault)
    else collector.add(comment === '' ? { value: word, line } : { value: word, line, label: comment })
  }
}

/** What shows that a word of a paste is no key, although it could be sent as one: prose, markup, a page's address. */
function findPasteFault(word: string): string | undefined {
  if (word.length < PASTED_KEY_CHARS_MIN) return `is shorter than ${PASTED_KEY_CHARS_MIN} characters`
  if (/^https?:\/\//i.test(word)) return 'is a URL, not a key'
  if (/["'`<>{}()\\]/.test(word)) return 'contains quotes or brackets: it looks like code or markup; add such a key on its own'
  if (word.length < PROSE_CHARS_MAX && /^[a-z]+[.!?:]?$/i.test(word)) return 'is a plain word, not a key'
  return undefined
}

/** A `#` or `//` after a space begins a comment, which becomes the label. */
function splitComment(text: string): { body: string; comment: string } {
  const match = /\s(?:#|\/\/)\s*(.*)$/.exec(text)
  if (!match) return { body: text, comment: '' }
  return { body: text.slice(0, match.index), comment: cleanLabel(match[1] as string) }
}

/** Splits on commas, semicolons, pipes and spaces; takes off quotes and `Bearer`. */
function splitWords(text: string): string[] {
  return text
    .split(/[\s,;|]+/)
    .map(unquote)
    .filter((word) => word !== '' && !/^(?:bearer|authorization:?|x-api-key:?)$/i.test(word))
}

function unquote(word: string): string {
  return word.replace(/^["'`\u2018\u2019\u201c\u201d[({]+|["'`\u2018\u2019\u201c\u201d\])}]+$/g, '')
}
