// Routes by host: the exact name, every name below one, or any.
import type { Candidate } from './route-matcher.ts'
import type { PathSegment } from './route-path.ts'
import { RouteTree } from './route-tree.ts'

export class RouteHosts {
  readonly #any = new RouteTree()
  readonly #exact = new Map<string, RouteTree>()
  /** By the part after `*`: `.example.com`. */
  readonly #below = new Map<string, RouteTree>()

  /** Routes must be added in their order. */
  add(candidate: Candidate, segments: readonly PathSegment[]): void {
    this.#treeOf(candidate.route.match.host).add(candidate, segments)
  }

  /** The routes that take this path on this host, in their order. */
  find(path: string, host: string | undefined): readonly Candidate[] {
    const lists: (readonly Candidate[])[] = []
    this.#any.collect(path, 1, lists)
    if (host !== undefined && (this.#exact.size > 0 || this.#below.size > 0)) this.#collectOfHost(path, normalizeHost(host), lists)
    if (lists.length < 2) return lists[0] ?? NONE
    return lists.flat().sort((left, right) => left.rank - right.rank)
  }

  #collectOfHost(path: string, host: string, lists: (readonly Candidate[])[]): void {
    this.#exact.get(host)?.collect(path, 1, lists)
    if (this.#below.size === 0) return
    for (let dot = host.indexOf('.'); dot >= 0; dot = host.indexOf('.', dot + 1)) {
      if (dot > 0) this.#below.get(host.slice(dot))?.collect(path, 1, lists)
    }
  }

  #treeOf(host: string | undefined): RouteTree {
    if (host === undefined) return this.#any
    const [trees, name] = host.startsWith('*.') ? [this.#below, host.slice(1)] : [this.#exact, host]
    let tree = trees.get(name)
    if (tree === undefined) {
      tree = new RouteTree()
      trees.set(name, tree)
    }
    return tree
  }
}

const NONE: readonly Candidate[] = []

/** Lower case, without port and final dot. */
export function normalizeHost(host: string): string {
  const colon = host.lastIndexOf(':')
  const name = colon > host.lastIndexOf(']') ? host.slice(0, colon) : host
  return (name.endsWith('.') ? name.slice(0, -1) : name).toLowerCase()
}

/** Whether a route for this host (undefined = all) takes a request to that one. */
export function hostHolds(pattern: string | undefined, host: string | undefined): boolean {
  if (pattern === undefined) return true
  if (host === undefined) return false
  const name = normalizeHost(host)
  return pattern.startsWith('*.') ? name.length > pattern.length - 1 && name.endsWith(pattern.slice(1)) : name === pattern
}
