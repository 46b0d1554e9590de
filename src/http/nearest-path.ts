// Finds the path that somebody probably meant.

const PATH_CHARS_MAX = 100
/** Edits above this share of the path's length are another path, not a typo. */
const EDIT_SHARE_MAX = 0.4

/** @param paths templates such as `/keys/:id`; a parameter matches any one segment */
export function findNearestPath(path: string, paths: readonly string[]): string | undefined {
  if (path.length > PATH_CHARS_MAX) return undefined
  const segments = normalize(path)
  let nearest: string | undefined
  let fewest = Infinity
  for (const candidate of paths) {
    const edits = editsBetween(segments, candidate.split('/').slice(1))
    if (edits < fewest) [nearest, fewest] = [candidate, edits]
  }
  return fewest <= Math.max(2, path.length * EDIT_SHARE_MAX) ? nearest : undefined
}

function normalize(path: string): string[] {
  return path
    .toLowerCase()
    .split('/')
    .filter((segment) => segment !== '')
}

function editsBetween(segments: readonly string[], template: readonly string[]): number {
  let edits = 0
  for (let i = 0; i < Math.max(segments.length, template.length); i++) {
    const [have, want] = [segments[i], template[i]]
    if (have === undefined || want === undefined) edits += (have ?? want ?? '').length + 1
    else if (!want.startsWith(':')) edits += levenshtein(have, want)
  }
  return edits
}

function levenshtein(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let i = 1; i <= left.length; i++) {
    const next = [i]
    for (let j = 1; j <= right.length; j++) {
      const swap = (row[j - 1] as number) + (left[i - 1] === right[j - 1] ? 0 : 1)
      next.push(Math.min(swap, (row[j] as number) + 1, (next[j - 1] as number) + 1))
    }
    row = next
  }
  return row[right.length] as number
}
