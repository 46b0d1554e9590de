// Exports as streams: a table for spreadsheets, or a JSON object per line.
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ServerResponse } from 'node:http'
import { z } from 'zod'
import type { Answer } from './registry.ts'

export const ExportFormat = z.enum(['csv', 'ndjson']).default('csv')
export type ExportFormat = z.output<typeof ExportFormat>

type Cell = string | number | boolean | null
export type ExportRow = Readonly<Record<string, Cell>>

/** What a spreadsheet would take for a formula; a blank or a tab before it makes no difference to it. */
const FORMULA = /^[\s\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/
const SPECIAL = /[",\r\n]/

/**
 * Answers with the rows, as fast as the client reads them. Fails like any other call while nothing is sent; later it breaks off,
 * so that an export that ends is complete.
 */
export async function createExport(
  name: string,
  format: ExportFormat,
  columns: readonly string[],
  pieces: AsyncGenerator<readonly ExportRow[]>,
): Promise<Answer> {
  const first = await pieces.next()
  const stream = (response: ServerResponse): void => {
    response.setHeader('content-type', format === 'csv' ? 'text/csv; charset=utf-8; header=present' : 'application/x-ndjson')
    response.setHeader('content-disposition', `attachment; filename="${name}.${format}"`)
    const lines = render(format, columns, first, pieces)
    // Who hangs up ends the export; a database that fails destroys the answer.
    pipeline(Readable.from(lines), response).catch(() => response.destroy())
  }
  return { status: 200, stream, discard: () => void pieces.return(undefined) }
}

async function* render(
  format: ExportFormat,
  columns: readonly string[],
  first: IteratorResult<readonly ExportRow[]>,
  pieces: AsyncGenerator<readonly ExportRow[]>,
): AsyncGenerator<string> {
  try {
    if (format === 'csv') yield renderCsvLine(columns)
    for (let piece = first; piece.done !== true; piece = await pieces.next()) {
      const lines = piece.value.map((row) => (format === 'csv' ? renderCsvLine(columns.map((column) => row[column] ?? null)) : `${JSON.stringify(row)}\n`))
      if (lines.length > 0) yield lines.join('')
    }
  } finally {
    await pieces.return(undefined)
  }
}

/** RFC 4180. Text that a spreadsheet would run gets an apostrophe before it; numbers are left as they are. */
export function renderCsvLine(cells: readonly Cell[]): string {
  return `${cells.map(renderCell).join(',')}\r\n`
}

function renderCell(cell: Cell): string {
  if (cell === null) return ''
  if (typeof cell !== 'string') return String(cell)
  const text = FORMULA.test(cell) ? `'${cell}` : cell
  return SPECIAL.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
