// Which of two routes comes first: priority, then the more specific path, then age.
import type { PathSegment } from './route-path.ts'
import type { Route } from './route.ts'

const RANK = { literal: '0', param: '1', rest: '2' } as const

/** Sorts before another one when its path is more specific: at the first difference a literal, then a parameter, then a wildcard. */
export function specificityOf(segments: readonly PathSegment[]): string {
  return segments.map(({ kind }) => RANK[kind]).join('')
}

export interface Ordered {
  readonly route: Route
  readonly specificity: string
}

/** Negative when `left` comes first. */
export function compareRoutes(left: Ordered, right: Ordered): number {
  return (
    right.route.priority - left.route.priority ||
    compareText(left.specificity, right.specificity) ||
    left.route.createdAtMs - right.route.createdAtMs ||
    compareText(left.route.id, right.route.id)
  )
}

function compareText(left: string, right: string): number {
  if (left === right) return 0
  return left < right ? -1 : 1
}
