// What people may do with routes.
import { createId } from '../domain/id.ts'
import { findOverlaps, shapeOf } from '../domain/route-overlap.ts'
import type { RouteWarning } from '../domain/route-overlap.ts'
import { parseRoutePath } from '../domain/route-path.ts'
import type { RouteFields } from '../domain/route-rules.ts'
import type { Route } from '../domain/route.ts'
import { GatewayError } from '../errors.ts'
import { limits } from '../limits.ts'
import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import type { Page, PageRequest, Repositories, Store } from '../ports/store.ts'
import type { TargetPolicy } from '../ports/target-policy.ts'
import { assertSeenVersion, nextChangeMs } from './configuration-writer.ts'
import type { ConfigurationWriter } from './configuration-writer.ts'
import { buildRoute } from './route-input.ts'
import type { RouteInput } from './route-input.ts'

export interface RouteAdminDependencies {
  readonly store: Store
  readonly writer: ConfigurationWriter
  readonly clock: Clock
  readonly random: Random
  readonly targetPolicy: TargetPolicy
}

export interface SavedRoute {
  readonly route: Route
  readonly warnings: readonly RouteWarning[]
}

export class RouteAdmin {
  readonly #dependencies: RouteAdminDependencies

  constructor(dependencies: RouteAdminDependencies) {
    this.#dependencies = dependencies
  }

  list(page: PageRequest, search?: string): Promise<Page<Route>> {
    return this.#dependencies.store.routes.listPage(page, { search })
  }

  /** @throws GatewayError not_found */
  async get(id: string): Promise<Route> {
    return found(await this.#dependencies.store.routes.findById(id), id)
  }

  /** @throws GatewayError validation_failed, conflict (too many) */
  async create(input: RouteInput): Promise<SavedRoute> {
    const { store, writer, clock, random, targetPolicy } = this.#dependencies
    const fields = buildRoute(input, undefined, targetPolicy)
    const nowMs = clock.nowMs()
    const route: Route = { ...fields, id: createId('rte', nowMs, random.bytes(10)), createdAtMs: nowMs, updatedAtMs: nowMs }
    const { routes: others } = await store.routes.list()
    refuseCrowd(route, others)
    await writer.change(async (repositories) => {
      await refuseUnknownUpstream(fields, repositories)
      const { total } = await repositories.routes.listPage({ page: 1, limit: 1 })
      if (total >= limits.routesMax) throw new GatewayError('conflict', `There are already ${limits.routesMax} routes, the most that are allowed.`)
      await repositories.routes.insert(route)
    })
    return { route, warnings: findOverlaps(route, others, limits.routeWarningsMax) }
  }

  /**
   * @param mode `merge` keeps what the input does not name, `replace` gives it its default
   * @throws GatewayError not_found, precondition_failed, validation_failed, conflict
   */
  async update(id: string, input: RouteInput, mode: 'merge' | 'replace', seenVersions?: readonly number[]): Promise<SavedRoute> {
    const { store, writer, clock, targetPolicy } = this.#dependencies
    const { routes: others } = await store.routes.list()
    const route = await writer.change(async (repositories) => {
      const stored = found(await repositories.routes.findById(id), id)
      assertSeenVersion(stored.updatedAtMs, seenVersions)
      const fields = buildRoute(input, mode === 'merge' ? stored : undefined, targetPolicy)
      await refuseUnknownUpstream(fields, repositories)
      const row: Route = { ...fields, id, createdAtMs: stored.createdAtMs, updatedAtMs: nextChangeMs(clock.nowMs(), stored.updatedAtMs) }
      refuseCrowd(row, others)
      if (!(await repositories.routes.update(row, stored.updatedAtMs))) assertSeenVersion(row.updatedAtMs, [])
      return row
    })
    return { route, warnings: findOverlaps(route, others, limits.routeWarningsMax) }
  }

  /** A row that cannot be read is removed too. @throws GatewayError not_found, precondition_failed */
  async remove(id: string, seenVersions?: readonly number[]): Promise<void> {
    await this.#dependencies.writer.change(async ({ routes }) => {
      const stored = await routes.findById(id)
      if (stored !== undefined) assertSeenVersion(stored.updatedAtMs, seenVersions)
      if (!(await routes.remove(id))) found(undefined, id)
    })
  }
}

function found(route: Route | undefined, id: string): Route {
  if (route === undefined) throw new GatewayError('not_found', `There is no route with the id "${id}".`)
  return route
}

async function refuseUnknownUpstream({ action }: RouteFields, { upstreams }: Repositories): Promise<void> {
  if (action.type !== 'upstream' || (await upstreams.findBySlug(action.upstream)) !== undefined) return
  const errors = [{ path: '/action/upstream', message: 'is not the slug of an upstream' }]
  throw new GatewayError('validation_failed', `The route cannot be saved: there is no upstream "${action.upstream}". Create it first, see GET /upstreams.`, {
    errors,
  })
}

/** A look-up tries the routes of one path and host one by one: they must stay few. */
function refuseCrowd(saved: Route, others: readonly Route[]): void {
  const shape = placeOf(saved)
  if (!saved.enabled) return
  let count = 0
  for (const other of others) if (other.id !== saved.id && other.enabled && placeOf(other) === shape) count++
  if (count < limits.routesPerPathMax) return
  const message = `There are already ${limits.routesPerPathMax} enabled routes with this path and host, the most that are allowed. Join some of them, or disable one.`
  throw new GatewayError('conflict', message, { errors: [{ path: '/match/path', message: 'has too many routes' }] })
}

function placeOf({ match }: Route): string {
  const parsed = parseRoutePath(match.path)
  return 'fault' in parsed ? '' : `${match.host ?? ''}${shapeOf(parsed.segments)}`
}
