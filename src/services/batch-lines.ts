// The lines of a stored file, one at a time, however large the file is.
import { limits } from '../limits.ts'

export interface FileLine {
  /** From 1. */
  readonly number: number
  /** Without its end; undefined when it is longer than limits.batchLineBytesMax. */
  readonly text: string | undefined
}

/** Empty lines are counted and left out. @param pieces of the file in their order, cut anywhere */
export async function* readLines(pieces: AsyncIterable<string>): AsyncGenerator<FileLine> {
  let number = 0
  let held: string[] = []
  let heldChars = 0
  for await (const piece of pieces) {
    let start = 0
    for (let end = piece.indexOf('\n'); end >= 0; end = piece.indexOf('\n', start)) {
      number++
      const line = createLine(number, held, heldChars, piece.slice(start, end))
      if (line !== undefined) yield line
      held = []
      heldChars = 0
      start = end + 1
    }
    heldChars += piece.length - start
    if (heldChars <= limits.batchLineBytesMax) held.push(piece.slice(start))
    else held = []
  }
  const line = createLine(number + 1, held, heldChars, '')
  if (line !== undefined) yield line
}

function createLine(number: number, held: readonly string[], heldChars: number, end: string): FileLine | undefined {
  if (heldChars + end.length > limits.batchLineBytesMax) return { number, text: undefined }
  const whole = held.length === 0 ? end : held.join('') + end
  const text = (number === 1 ? whole.replace(/^\uFEFF/, '') : whole).trim()
  return text === '' ? undefined : { number, text }
}
