// Reads keys from JSON: a list of strings or objects, an object that holds such a list, or name-to-key pairs.
import { cleanLabel, splitTags } from './key-import-collector.ts'
import type { ImportCollector } from './key-import-collector.ts'
import type { KeyLimits } from './upstream-key.ts'

const LIST_NAMES = ['keys', 'data', 'items', 'api_keys', 'channels', 'list']
const VALUE_NAMES = ['value', 'key', 'api_key', 'apiKey', 'key_value', 'token', 'secret']
const LABEL_NAMES = ['label', 'name', 'note', 'remark', 'description']

/** False when the text is not JSON; nothing was collected then. */
export function parseJsonKeys(text: string, collector: ImportCollector): boolean {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return parseJsonLines(text, collector)
  }
  collect(parsed, collector)
  return true
}

function collect(parsed: unknown, collector: ImportCollector): void {
  if (Array.isArray(parsed)) return parsed.forEach((item, index) => addItem(item, index + 1, collector))
  if (!isRecord(parsed)) return collector.refuse(1, 'is JSON without a list of keys')
  const list = LIST_NAMES.map((name) => parsed[name]).find(Array.isArray)
  if (list !== undefined) return collect(list, collector)
  if (findText(parsed, VALUE_NAMES) !== undefined) return addItem(parsed, 1, collector)
  Object.entries(parsed).forEach(([name, value], index) => {
    if (typeof value === 'string') collector.add({ value: value.trim(), line: index + 1, label: cleanLabel(name) })
    else collector.refuse(index + 1, 'is not a string')
  })
}

/** One JSON object per line, as log exports have it. */
function parseJsonLines(text: string, collector: ImportCollector): boolean {
  const items: { item: unknown; line: number }[] = []
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    try {
      items.push({ item: JSON.parse(line), line: index + 1 })
    } catch {
      return false
    }
  }
  for (const { item, line } of items) addItem(item, line, collector)
  return true
}

function addItem(item: unknown, line: number, collector: ImportCollector): void {
  if (typeof item === 'string') return addValues(item, line, {}, collector)
  if (!isRecord(item)) return collector.refuse(line, 'is neither a string nor an object')
  const value = findText(item, VALUE_NAMES)
  if (value === undefined) return collector.refuse(line, 'has no member "value" or "key"')
  const label = findText(item, LABEL_NAMES)
  const quotaGroup = findText(item, ['quota_group', 'group'])
  const details = {
    label: label === undefined ? undefined : cleanLabel(label),
    quotaGroup: quotaGroup === undefined ? undefined : cleanLabel(quotaGroup),
    tags: parseTags(item['tags'] ?? item['tag']),
    weight: wholeNumber(item['weight']),
    tier: wholeNumber(item['tier']),
    limits: parseLimits(item['limits']),
    enabled: typeof item['enabled'] === 'boolean' ? item['enabled'] : undefined,
  }
  addValues(value, line, details, collector)
}

/** one-api and new-api keep several keys of a channel in one string, one per line. */
function addValues(text: string, line: number, details: object, collector: ImportCollector): void {
  const values = text.split(/[\r\n]+/).map((value) => value.trim().replace(/^Bearer\s+/i, ''))
  for (const value of values.length > 1 ? values.filter((each) => each !== '') : values) collector.add({ ...details, value, line })
}

/** What is no text among them is refused with the others, as a tag that may not be. */
function parseTags(value: unknown): readonly string[] | undefined {
  if (typeof value === 'string') return splitTags(value)
  return Array.isArray(value) ? value.map((tag: unknown) => (typeof tag === 'string' ? tag : '')) : undefined
}

function parseLimits(value: unknown): KeyLimits | undefined {
  if (!isRecord(value)) return undefined
  return { rpm: wholeNumber(value['rpm']), tpm: wholeNumber(value['tpm']), rpd: wholeNumber(value['rpd']), maxInFlight: wholeNumber(value['max_in_flight']) }
}

function wholeNumber(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : undefined
}

function findText(record: Readonly<Record<string, unknown>>, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = record[name]
    if (typeof value === 'string') return value
  }
  return undefined
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
