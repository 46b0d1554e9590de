// Reads a CSV or TSV table of keys whose first row names its columns.
import { cleanLabel, splitTags } from './key-import-collector.ts'
import type { ImportCollector, ImportedKey } from './key-import-collector.ts'

type Column = 'value' | 'label' | 'weight' | 'tier' | 'quotaGroup' | 'tags' | 'rpm' | 'tpm' | 'rpd' | 'maxInFlight' | 'enabled'

const COLUMN_NAMES: Readonly<Record<string, Column>> = {
  key: 'value',
  keys: 'value',
  value: 'value',
  api_key: 'value',
  apikey: 'value',
  key_value: 'value',
  secret: 'value',
  token: 'value',
  credential: 'value',
  label: 'label',
  name: 'label',
  note: 'label',
  notes: 'label',
  remark: 'label',
  comment: 'label',
  description: 'label',
  weight: 'weight',
  tier: 'tier',
  priority: 'tier',
  quota_group: 'quotaGroup',
  group: 'quotaGroup',
  project: 'quotaGroup',
  organization: 'quotaGroup',
  organisation: 'quotaGroup',
  tags: 'tags',
  tag: 'tags',
  rpm: 'rpm',
  tpm: 'tpm',
  rpd: 'rpd',
  max_in_flight: 'maxInFlight',
  enabled: 'enabled',
  active: 'enabled',
  is_active: 'enabled',
}

const SEPARATORS = ['\t', ',', ';', '|'] as const

/** False when the first row is no header with a column for the key; nothing was collected then. */
export function parseKeyTable(lines: readonly string[], collector: ImportCollector): boolean {
  const first = lines.findIndex((line) => line.trim() !== '')
  if (first < 0) return false
  const separator = SEPARATORS.find((candidate) => (lines[first] as string).includes(candidate)) ?? ','
  const header = splitRow(lines[first] as string, separator)
  const columns = header.map(
    (cell) =>
      COLUMN_NAMES[
        cell
          .trim()
          .toLowerCase()
          .replace(/[\s-]+/g, '_')
      ],
  )
  // A single word such as `token` may be a header; a list of real keys never has one of these names.
  if (!columns.includes('value') || header.some((cell, index) => columns[index] === undefined && cell.trim().length > 40)) return false
  for (let i = first + 1; i < lines.length; i++) {
    const row = lines[i] as string
    if (row.trim() !== '' && !row.startsWith('#')) parseRow(splitRow(row, separator), columns, i + 1, collector)
  }
  return true
}

function parseRow(cells: readonly string[], columns: readonly (Column | undefined)[], line: number, collector: ImportCollector): void {
  const cell = (name: Column): string => cells[columns.indexOf(name)]?.trim() ?? ''
  const numbers: Partial<Record<Column, number>> = {}
  for (const name of ['weight', 'tier', 'rpm', 'tpm', 'rpd', 'maxInFlight'] as const) {
    const text = cell(name)
    if (text === '') continue
    if (!/^\d{1,9}$/.test(text)) return collector.refuse(line, `has a ${name} that is not a whole number`)
    numbers[name] = Number(text)
  }
  const { weight, tier, rpm, tpm, rpd, maxInFlight } = numbers
  const enabled = cell('enabled')
  const label = cleanLabel(cell('label'))
  const quotaGroup = cleanLabel(cell('quotaGroup'))
  const hasLimits = [rpm, tpm, rpd, maxInFlight].some((limit) => limit !== undefined)
  const key: ImportedKey = {
    value: cell('value').replace(/^Bearer\s+/i, ''),
    line,
    label: label === '' ? undefined : label,
    quotaGroup: quotaGroup === '' ? undefined : quotaGroup,
    tags: splitTags(cell('tags')),
    weight,
    tier,
    limits: hasLimits ? { rpm, tpm, rpd, maxInFlight } : undefined,
    enabled: enabled === '' ? undefined : !/^(?:0|false|no|off|disabled)$/i.test(enabled),
  }
  collector.add(key)
}

/** One row of RFC 4180: a quoted cell may hold separators and doubled quotes, but no line break. */
function splitRow(row: string, separator: string): string[] {
  const cells: string[] = []
  let cell = ''
  let isQuoted = false
  for (let i = 0; i < row.length; i++) {
    const char = row[i] as string
    if (char === '"' && isQuoted && row[i + 1] === '"') {
      cell += '"'
      i++
    } else if (char === '"' && (isQuoted || cell.trim() === '')) {
      isQuoted = !isQuoted
    } else if (char === separator && !isQuoted) {
      cells.push(cell)
      cell = ''
    } else cell += char
  }
  return [...cells, cell]
}
