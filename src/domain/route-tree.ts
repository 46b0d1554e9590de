// Routes by the segments of their paths: a look-up follows the path of the request, however many routes there are.
import type { Candidate } from './route-matcher.ts'
import type { PathSegment } from './route-path.ts'

export class RouteTree {
  readonly #literals = new Map<string, RouteTree>()
  #param: RouteTree | undefined
  /** Routes that end here. */
  readonly #here: Candidate[] = []
  /** Routes whose wildcard begins here. */
  readonly #rest: Candidate[] = []

  /** Routes must be added in their order: each list stays sorted. */
  add(candidate: Candidate, segments: readonly PathSegment[], index = 0): void {
    const segment = segments[index]
    if (segment === undefined) this.#here.push(candidate)
    else if (segment.kind === 'rest') this.#rest.push(candidate)
    else this.#child(segment).add(candidate, segments, index + 1)
  }

  /**
   * Puts the lists of all routes that take the path into `lists`.
   * @param at where the next segment begins
   */
  collect(path: string, at: number, lists: (readonly Candidate[])[]): void {
    if (this.#rest.length > 0) lists.push(this.#rest)
    const slash = path.indexOf('/', at)
    const end = slash < 0 ? path.length : slash
    const literal = this.#literals.size === 0 ? undefined : this.#literals.get(path.slice(at, end))
    if (literal !== undefined) literal.#follow(path, slash, lists)
    if (end > at && this.#param !== undefined) this.#param.#follow(path, slash, lists)
  }

  #follow(path: string, slash: number, lists: (readonly Candidate[])[]): void {
    if (slash >= 0) this.collect(path, slash + 1, lists)
    else if (this.#here.length > 0) lists.push(this.#here)
  }

  #child(segment: PathSegment): RouteTree {
    if (segment.kind !== 'literal') return (this.#param ??= new RouteTree())
    let child = this.#literals.get(segment.text)
    if (child === undefined) {
      child = new RouteTree()
      this.#literals.set(segment.text, child)
    }
    return child
  }
}
