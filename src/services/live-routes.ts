// The routes in force: compiled when they change, and the last good version of a row that has become unusable.
import { compileRoutes } from '../domain/route-matcher.ts'
import { checkRoute } from '../domain/route-rules.ts'
import type { Route, RouteMatcher } from '../domain/route.ts'
import type { Logger } from '../ports/logger.ts'
import type { StoredRoutes } from '../ports/store.ts'

/** In place of a version. */
const UNREADABLE = 0

export class LiveRoutes {
  readonly #logger: Logger
  /** What was found good, by id. */
  #good = new Map<string, Route>()
  /** Reported ids with the version (or UNREADABLE) that was reported. */
  #reported = new Map<string, number>()
  #matcher: RouteMatcher | undefined

  constructor(logger: Logger) {
    this.#logger = logger
  }

  /** The matcher over what is stored; undefined when nothing is enabled. The same one while nothing changes. */
  update({ routes, unreadable }: StoredRoutes): RouteMatcher | undefined {
    const good = new Map<string, Route>()
    const reported = new Map<string, number>()
    for (const route of routes) {
      const known = this.#good.get(route.id)
      // A row that was checked is not checked again: other changes of the configuration must not cost more the more routes there are.
      if (known?.updatedAtMs === route.updatedAtMs) {
        good.set(route.id, known)
        continue
      }
      const fault = findFault(route)
      if (fault === undefined) good.set(route.id, route)
      else this.#keep(route.id, route.updatedAtMs, fault, good, reported)
    }
    for (const id of unreadable) this.#keep(id, UNREADABLE, 'its row cannot be read', good, reported)
    const isSame = good.size === this.#good.size && [...good].every(([id, route]) => this.#good.get(id) === route)
    this.#good = good
    this.#reported = reported
    if (!isSame) this.#matcher = compileRoutes([...good.values()])
    return this.#matcher
  }

  #keep(id: string, version: number, fault: string, good: Map<string, Route>, reported: Map<string, number>): void {
    const known = this.#good.get(id)
    if (known !== undefined) good.set(id, known)
    reported.set(id, version)
    if (this.#reported.get(id) === version) return
    const outcome = known === undefined ? 'It is left out.' : 'Its last good version stays in force.'
    const advice = version === UNREADABLE ? 'Delete it, and create it again.' : 'Save it again, or delete it.'
    this.#logger.error('route.invalid', `The stored route ${id} is not usable: ${fault}. ${outcome} ${advice}`, {
      route: id,
      error: fault,
    })
  }
}

/** Whatever a row holds, reading it must not take the other routes with it. */
function findFault(route: Route): string | undefined {
  try {
    const [first] = checkRoute(route)
    return first === undefined ? undefined : `${first.path} ${first.message}`
  } catch {
    return 'it has not the shape of a route'
  }
}
