// Looks through the whole input of a batch before anything of it is sent.
import type { BatchFault } from '../domain/batch.ts'
import { parseBatchLine } from '../domain/batch-line.ts'
import { limits } from '../limits.ts'
import type { FileLine } from './batch-lines.ts'

export interface BatchCheck {
  readonly total: number
  /** The first ones; empty when the batch can run. */
  readonly faults: readonly BatchFault[]
  /** First line of each upstream that is asked for. */
  readonly slugs: ReadonlyMap<string, number>
}

/** @param signal ends it: it throws then */
export async function checkLines(lines: AsyncIterable<FileLine>, endpoint: string, signal: AbortSignal): Promise<BatchCheck> {
  const faults: BatchFault[] = []
  const slugs = new Map<string, number>()
  const seen = new Set<string>()
  let total = 0
  for await (const { number: line, text } of lines) {
    signal.throwIfAborted()
    if (++total > limits.batchLinesMax) {
      faults.push({ code: 'too_many_lines', message: `A batch has at most ${limits.batchLinesMax} lines. Split the file.`, line })
      break
    }
    if (text === undefined) {
      faults.push({ code: 'line_too_long', message: `This line is longer than ${limits.batchLineBytesMax} bytes.`, line })
    } else {
      const parsed = parseBatchLine(text, endpoint)
      if ('code' in parsed) faults.push({ ...parsed, line })
      else if (seen.has(parsed.customId)) faults.push({ code: 'duplicate_custom_id', message: 'An earlier line has this custom_id.', line, param: 'custom_id' })
      else {
        seen.add(parsed.customId)
        if (!slugs.has(parsed.target.slug)) slugs.set(parsed.target.slug, line)
      }
    }
    if (faults.length >= limits.batchFaultsMax) break
  }
  if (total === 0) faults.push({ code: 'empty_file', message: 'The input file has no lines.' })
  return { total, faults, slugs }
}

/** @param usable those that exist and that the client key may use */
export function unusableFaults(slugs: ReadonlyMap<string, number>, usable: ReadonlySet<string>): BatchFault[] {
  return [...slugs]
    .filter(([slug]) => !usable.has(slug))
    .slice(0, limits.batchFaultsMax)
    .map(([slug, line]) => ({
      code: 'model_not_found',
      message: `There is no upstream '${slug.slice(0, 63)}' that this client key may use for a batch.`,
      line,
      param: 'body.model',
    }))
}
