// Medians, ranges and how they are written.

export interface Figure {
  readonly median: number
  readonly min: number
  readonly max: number
  /** Values behind it. */
  readonly count: number
  /** False when too few values were clean and dirty ones had to be taken too. */
  readonly clean: boolean
}

/** Clean values to go without the dirty ones. */
const CLEAN_MIN = 3

export function summarize(values: readonly { readonly value: number; readonly clean: boolean }[]): Figure {
  const clean = values.filter((v) => v.clean)
  const taken = (clean.length >= CLEAN_MIN ? clean : values).map((v) => v.value).sort((a, b) => a - b)
  return {
    median: median(taken),
    min: taken[0] ?? NaN,
    max: taken.at(-1) ?? NaN,
    count: taken.length,
    clean: clean.length >= CLEAN_MIN || clean.length === values.length,
  }
}

/** `sorted` ascending; NaN when empty. */
function median(sorted: readonly number[]): number {
  const middle = sorted.length / 2
  if (sorted.length % 2 === 1) return sorted[Math.floor(middle)] as number
  return ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2
}

/** `12.3 (11.0-14.1)`, with a `*` when dirty slices are in it. */
export function renderFigure(figure: Figure, digits: number): string {
  if (Number.isNaN(figure.median)) return '-'
  const range = figure.count > 1 ? ` (${figure.min.toFixed(digits)}-${figure.max.toFixed(digits)})` : ''
  return `${figure.median.toFixed(digits)}${range}${figure.clean ? '' : '*'}`
}
