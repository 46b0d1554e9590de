// The text inside a snapshot file: a first line about the whole, then one line of JSON per row.
import type { SnapshotImage } from '../ports/snapshot-file.ts'

/** Rows per slice: about a millisecond of work between two turns of the event loop. */
const ROWS_PER_SLICE = 500
const LISTS = ['upstreams', 'keys', 'clientKeys', 'routes', 'accounts'] as const

/** Slices of the text, each small. */
export function* renderImage(image: SnapshotImage): Iterable<string> {
  const counts = LISTS.map((name) => image[name].length)
  const { configVersion, savedAtMs, vaultSettings } = image
  yield `${JSON.stringify({ configVersion, savedAtMs, vaultSettings, counts })}\n`
  for (const name of LISTS) {
    const rows = image[name]
    for (let from = 0; from < rows.length; from += ROWS_PER_SLICE) {
      yield `${rows
        .slice(from, from + ROWS_PER_SLICE)
        .map((row) => JSON.stringify(row))
        .join('\n')}\n`
    }
  }
}

/** @throws when it is not what renderImage made */
export function parseImage(plain: Buffer): SnapshotImage {
  let at = 0
  const nextLine = (): unknown => {
    const end = plain.indexOf(0x0a, at)
    if (end < 0) throw new Error('a line is missing')
    const text = plain.toString('utf8', at, end)
    at = end + 1
    return JSON.parse(text)
  }
  const { counts, ...about } = nextLine() as Pick<SnapshotImage, 'configVersion' | 'savedAtMs' | 'vaultSettings'> & { counts: number[] }
  // Files of older releases have fewer lists.
  const [upstreams, keys, clientKeys, routes = [], accounts = []] = counts.map((count) => Array.from({ length: count }, () => nextLine()))
  if (at !== plain.length) throw new Error('there are lines too many')
  return { ...about, upstreams, keys, clientKeys, routes, accounts } as SnapshotImage
}
