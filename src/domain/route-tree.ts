// Routes by the segments of their paths: a look-up follows the path of the request, however many routes there are.
import type { Candidate } from './route-matcher.ts'
import type { PathSegment } from './route-path.ts'

export class RouteTree {
  /** Most places of a tree have one child: a map for each would cost more memory than all routes, and reading it time. */
  #onlyText: string | undefined
  #only: RouteTree | undefined
  #literals: Map<string, RouteTree> | undefined
  #param: RouteTree | undefined
  /** Routes that end here. */
  #here: Candidate[] | undefined
  /** Routes whose wildcard begins here. */
  #rest: Candidate[] | undefined

  /** Routes must be added in their order: each list stays sorted. */
  add(candidate: Candidate, segments: readonly PathSegment[], index = 0): void {
    const segment = segments[index]
    if (segment === undefined) (this.#here ??= []).push(candidate)
    else if (segment.kind === 'rest') (this.#rest ??= []).push(candidate)
    else this.#child(segment).add(candidate, segments, index + 1)
  }

  /**
   * Puts the lists of all routes that take the path into `lists`.
   * @param at where the next segment begins
   */
  collect(path: string, at: number, lists: (readonly Candidate[])[]): void {
    if (this.#rest !== undefined) lists.push(this.#rest)
    const slash = path.indexOf('/', at)
    const end = slash < 0 ? path.length : slash
    const literal = this.#findLiteral(path, at, end)
    if (literal !== undefined) literal.#follow(path, slash, lists)
    if (end > at && this.#param !== undefined) this.#param.#follow(path, slash, lists)
  }

  #follow(path: string, slash: number, lists: (readonly Candidate[])[]): void {
    if (slash >= 0) this.collect(path, slash + 1, lists)
    else if (this.#here !== undefined) lists.push(this.#here)
  }

  #child(segment: PathSegment): RouteTree {
    if (segment.kind !== 'literal') return (this.#param ??= new RouteTree())
    const { text } = segment
    const known = this.#findLiteral(text, 0, text.length)
    if (known !== undefined) return known
    const child = new RouteTree()
    if (this.#only === undefined && this.#literals === undefined) {
      this.#onlyText = text
      this.#only = child
      return child
    }
    this.#literals ??= new Map([[this.#onlyText as string, this.#only as RouteTree]])
    this.#only = undefined
    this.#literals.set(text, child)
    return child
  }

  #findLiteral(path: string, at: number, end: number): RouteTree | undefined {
    if (this.#only !== undefined) {
      const text = this.#onlyText as string
      return text.length === end - at && path.startsWith(text, at) ? this.#only : undefined
    }
    return this.#literals?.get(path.slice(at, end))
  }
}
