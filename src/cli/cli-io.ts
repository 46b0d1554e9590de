// What a command may read and write; tests give their own.
import type { Environment } from '../build.ts'

export interface CliIo {
  /** Results: what a script reads. */
  readonly print: (text: string) => void
  /** Remarks and errors: what a person reads. */
  readonly remark: (text: string) => void
  /** All of stdin. */
  readonly readInput: () => Promise<string>
  readonly readFile: (path: string) => string
  /** stdin is a terminal: a person will type. */
  readonly isTerminal: boolean
  readonly environment: Environment
}

/** Text from a file, or from stdin for `-`: the way of secrets into a command, because arguments are visible to every user of the machine. */
export async function readText(io: CliIo, source: string, what: string): Promise<string> {
  if (source !== '-') return io.readFile(source)
  if (io.isTerminal) io.remark(`Paste ${what}, then press Ctrl-D.`)
  return io.readInput()
}

/** A plain table; columns without any value are left out. */
export function renderTable(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const columns = titles.map((_, i) => i).filter((i) => rows.length === 0 || rows.some((row) => row[i] !== ''))
  const widths = columns.map((i) => Math.max(...[titles, ...rows].map((row) => (row[i] ?? '').length)))
  const renderRow = (row: readonly string[]): string => columns.map((i, at) => plain(row[i] ?? '').padEnd(widths[at] as number)).join('  ').trimEnd() // prettier-ignore
  return [titles.map((title) => title.toUpperCase()), ...rows].map(renderRow).join('\n')
}

/** Names come from people: no control characters to the terminal. */
function plain(text: string): string {
  return text.replace(/\p{Cc}/gu, '?')
}

export function renderTime(epochMs: number | undefined): string {
  return epochMs === undefined ? '' : new Date(epochMs).toISOString()
}
