// The name that a person probably meant.

const LENGTH_MAX = 63
const NAMES_MAX = 1_000

/** The name with the smallest edit distance; undefined when there are no names. */
export function nearest(text: string, names: readonly string[]): string | undefined {
  let best: string | undefined
  let bestDistance = Infinity
  for (const name of names.slice(0, NAMES_MAX)) {
    const distance = editDistance(text.slice(0, LENGTH_MAX).toLowerCase(), name)
    if (distance < bestDistance) {
      bestDistance = distance
      best = name
    }
  }
  return best
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      row.push(Math.min((row[j - 1] as number) + 1, (previous[j] as number) + 1, (previous[j - 1] as number) + cost))
    }
    previous = row
  }
  return previous[b.length] as number
}
