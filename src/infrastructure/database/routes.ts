// Stores routes. A row that cannot be read is told apart, so that it does not take the others with it.
import type { Kysely } from 'kysely'
import type { Route, RouteAction, RouteMatch, RouteRateLimit, RouteRewrite } from '../../domain/route.ts'
import type { Page, PageRequest, RouteRepository, StoredRoutes } from '../../ports/store.ts'
import { changedAny, contains, fromNull, pageWindow, readAll, toNull } from './query.ts'
import type { CoreSchema, RouteRow } from './schema.ts'
import type { DatabaseTraits } from './traits.ts'

export class KyselyRouteRepository implements RouteRepository {
  readonly #db: Kysely<CoreSchema>
  readonly #traits: DatabaseTraits

  constructor(db: Kysely<CoreSchema>, traits: DatabaseTraits) {
    this.#db = db
    this.#traits = traits
  }

  async list(): Promise<StoredRoutes> {
    const rows = await readAll<RouteRow>((last, limit) =>
      this.#db
        .selectFrom('routes')
        .selectAll()
        .where('id', '>', last?.id ?? '')
        .orderBy('id')
        .limit(limit)
        .execute(),
    )
    const unreadable: string[] = []
    const routes: Route[] = []
    for (const row of rows) {
      const route = fromRow(row)
      if (route === undefined) unreadable.push(row.id)
      else routes.push(route)
    }
    return { routes, unreadable }
  }

  async listPage(page: PageRequest, filter: { search?: string | undefined } = {}): Promise<Page<Route>> {
    let query = this.#db.selectFrom('routes')
    if (filter.search) query = query.where(contains(this.#traits, ['name', 'path'], filter.search))
    const { limit, offset } = pageWindow(page)
    const { total } = await query.select((eb) => eb.fn.countAll<number>().as('total')).executeTakeFirstOrThrow()
    const rows = await query.selectAll().orderBy('id').limit(limit).offset(offset).execute()
    return { rows: rows.flatMap((row) => fromRow(row) ?? []), total: Number(total) }
  }

  async findById(id: string): Promise<Route | undefined> {
    const row = await this.#db.selectFrom('routes').selectAll().where('id', '=', id).executeTakeFirst()
    return row && fromRow(row)
  }

  async insert(route: Route): Promise<void> {
    await this.#db.insertInto('routes').values(toRow(route)).execute()
  }

  async update(route: Route, expectedUpdatedAtMs?: number): Promise<boolean> {
    let query = this.#db.updateTable('routes').set(toRow(route)).where('id', '=', route.id)
    if (expectedUpdatedAtMs !== undefined) query = query.where('updated_at_ms', '=', expectedUpdatedAtMs)
    return changedAny(await query.execute())
  }

  async remove(id: string): Promise<boolean> {
    return changedAny(await this.#db.deleteFrom('routes').where('id', '=', id).execute())
  }
}

function toRow(route: Route): RouteRow {
  const { path, ...conditions } = route.match
  return {
    id: route.id,
    name: route.name,
    enabled: route.enabled ? 1 : 0,
    priority: route.priority,
    mode: route.mode,
    path,
    conditions: JSON.stringify(conditions),
    action_json: JSON.stringify(route.action),
    rewrite: route.rewrite === undefined ? null : JSON.stringify(route.rewrite),
    requires_client_key: route.requiresClientKey ? 1 : 0,
    rate_limit: route.rateLimit === undefined ? null : JSON.stringify(route.rateLimit),
    timeout_ms: toNull(route.timeoutMs),
    created_at_ms: route.createdAtMs,
    updated_at_ms: route.updatedAtMs,
  }
}

/** undefined when the structures inside are not JSON. */
function fromRow(row: RouteRow): Route | undefined {
  try {
    return {
      id: row.id,
      name: row.name,
      enabled: row.enabled === 1,
      priority: row.priority,
      mode: row.mode,
      match: { ...(JSON.parse(row.conditions) as Omit<RouteMatch, 'path'>), path: row.path },
      action: JSON.parse(row.action_json) as RouteAction,
      rewrite: row.rewrite === null ? undefined : (JSON.parse(row.rewrite) as RouteRewrite),
      requiresClientKey: row.requires_client_key === 1,
      rateLimit: row.rate_limit === null ? undefined : (JSON.parse(row.rate_limit) as RouteRateLimit),
      timeoutMs: fromNull(row.timeout_ms),
      createdAtMs: row.created_at_ms,
      updatedAtMs: row.updated_at_ms,
    }
  } catch {
    return undefined
  }
}
