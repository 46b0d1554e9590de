// Stores upstreams.
import type { Kysely } from 'kysely'
import type { CircuitBreakerPolicy, HealthCheckPolicy } from '../../domain/balancing.ts'
import type { KeyPlacement, Target, Upstream, UpstreamTimeouts } from '../../domain/upstream.ts'
import type { Page, PageRequest, UpstreamRepository } from '../../ports/store.ts'
import { changedAny, contains, inTransaction, pageWindow, readAll } from './query.ts'
import type { CoreSchema, UpstreamRow } from './schema.ts'
import type { DatabaseTraits } from './traits.ts'
import { removeKeys } from './upstream-key-statements.ts'

export class KyselyUpstreamRepository implements UpstreamRepository {
  readonly #db: Kysely<CoreSchema>
  readonly #traits: DatabaseTraits

  constructor(db: Kysely<CoreSchema>, traits: DatabaseTraits) {
    this.#db = db
    this.#traits = traits
  }

  async list(): Promise<readonly Upstream[]> {
    return readAll<Upstream>(async (last, limit) => {
      const rows = await this.#db
        .selectFrom('upstreams')
        .selectAll()
        .where('id', '>', last?.id ?? '')
        .orderBy('id')
        .limit(limit)
        .execute()
      return rows.map(fromRow)
    })
  }

  async listPage(page: PageRequest, filter: { search?: string | undefined } = {}): Promise<Page<Upstream>> {
    let query = this.#db.selectFrom('upstreams')
    if (filter.search) query = query.where(contains(this.#traits, ['slug', 'name'], filter.search))
    const { limit, offset } = pageWindow(page)
    const { total } = await query.select((eb) => eb.fn.countAll<number>().as('total')).executeTakeFirstOrThrow()
    const rows = await query.selectAll().orderBy('id').limit(limit).offset(offset).execute()
    return { rows: rows.map(fromRow), total: Number(total) }
  }

  async findById(id: string): Promise<Upstream | undefined> {
    const row = await this.#db.selectFrom('upstreams').selectAll().where('id', '=', id).executeTakeFirst()
    return row && fromRow(row)
  }

  async findBySlug(slug: string): Promise<Upstream | undefined> {
    const row = await this.#db.selectFrom('upstreams').selectAll().where('slug', '=', slug).executeTakeFirst()
    return row && fromRow(row)
  }

  async insert(upstream: Upstream): Promise<void> {
    await this.#db.insertInto('upstreams').values(toRow(upstream)).execute()
  }

  async update(upstream: Upstream, expectedUpdatedAtMs?: number): Promise<boolean> {
    let query = this.#db.updateTable('upstreams').set(toRow(upstream)).where('id', '=', upstream.id)
    if (expectedUpdatedAtMs !== undefined) query = query.where('updated_at_ms', '=', expectedUpdatedAtMs)
    return changedAny(await query.execute())
  }

  async remove(id: string): Promise<boolean> {
    return inTransaction(this.#db, async (db) => {
      await removeKeys(db, id)
      return changedAny(await db.deleteFrom('upstreams').where('id', '=', id).execute())
    })
  }
}

function toRow(upstream: Upstream): UpstreamRow {
  return {
    id: upstream.id,
    slug: upstream.slug,
    name: upstream.name,
    kind: upstream.kind,
    adapter: upstream.adapter,
    targets: JSON.stringify(upstream.targets),
    balance: upstream.balance,
    health_check: upstream.healthCheck === undefined ? null : JSON.stringify(upstream.healthCheck),
    circuit_breaker: upstream.circuitBreaker === undefined ? null : JSON.stringify(upstream.circuitBreaker),
    key_placement: JSON.stringify(upstream.keyPlacement),
    enabled: upstream.enabled ? 1 : 0,
    strategy: upstream.strategy,
    max_attempts: upstream.maxAttempts,
    timeouts: JSON.stringify(upstream.timeouts),
    retry_ambiguous: upstream.retryAmbiguous ? 1 : 0,
    managed_by: upstream.managedBy,
    created_at_ms: upstream.createdAtMs,
    updated_at_ms: upstream.updatedAtMs,
  }
}

function fromRow(row: UpstreamRow): Upstream {
  return {
    id: row.id,
    slug: row.slug,
    name: row.name,
    kind: row.kind,
    adapter: row.adapter,
    targets: JSON.parse(row.targets) as Target[],
    balance: row.balance,
    healthCheck: row.health_check === null ? undefined : (JSON.parse(row.health_check) as HealthCheckPolicy),
    circuitBreaker: row.circuit_breaker === null ? undefined : (JSON.parse(row.circuit_breaker) as CircuitBreakerPolicy | 'off'),
    keyPlacement: JSON.parse(row.key_placement) as KeyPlacement,
    enabled: row.enabled === 1,
    strategy: row.strategy,
    maxAttempts: row.max_attempts,
    timeouts: JSON.parse(row.timeouts) as UpstreamTimeouts,
    retryAmbiguous: row.retry_ambiguous === 1,
    managedBy: row.managed_by,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
  }
}
