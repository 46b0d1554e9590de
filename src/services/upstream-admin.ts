// What people may do with upstreams.
import { createId } from '../domain/id.ts'
import type { KeyState } from '../domain/upstream-key.ts'
import type { Upstream } from '../domain/upstream.ts'
import { GatewayError } from '../errors.ts'
import { limits } from '../limits.ts'
import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import { UniqueViolationError } from '../ports/store.ts'
import type { Page, PageRequest, Store } from '../ports/store.ts'
import { assertSeenVersion, nextChangeMs } from './configuration-writer.ts'
import type { ConfigurationWriter } from './configuration-writer.ts'
import { buildUpstream } from './upstream-input.ts'
import type { UpstreamInput, UpstreamRules } from './upstream-input.ts'

export interface UpstreamAdminDependencies {
  readonly store: Store
  readonly writer: ConfigurationWriter
  readonly clock: Clock
  readonly random: Random
  readonly rules: UpstreamRules
}

export type KeyCounts = Readonly<Record<KeyState, number>>

export interface UpstreamWithCounts {
  readonly upstream: Upstream
  readonly keys: KeyCounts
}

export class UpstreamAdmin {
  readonly #dependencies: UpstreamAdminDependencies

  constructor(dependencies: UpstreamAdminDependencies) {
    this.#dependencies = dependencies
  }

  async list(page: PageRequest, search?: string): Promise<Page<UpstreamWithCounts>> {
    const { store } = this.#dependencies
    const { rows, total } = await store.upstreams.listPage(page, { search })
    return { rows: await Promise.all(rows.map((upstream) => this.#count(upstream))), total }
  }

  /** @throws GatewayError not_found */
  async get(id: string): Promise<UpstreamWithCounts> {
    return this.#count(found(await this.#dependencies.store.upstreams.findById(id), id))
  }

  findBySlug(slug: string): Promise<Upstream | undefined> {
    return this.#dependencies.store.upstreams.findBySlug(slug)
  }

  /** @throws GatewayError validation_failed, conflict (slug taken, too many) */
  async create(input: UpstreamInput, managedBy: Upstream['managedBy'] = 'person'): Promise<UpstreamWithCounts> {
    const { writer, clock, random, rules } = this.#dependencies
    const fields = buildUpstream(input, undefined, rules)
    const nowMs = clock.nowMs()
    const upstream: Upstream = { ...fields, id: createId('ups', nowMs, random.bytes(10)), managedBy, createdAtMs: nowMs, updatedAtMs: nowMs }
    await refuseTakenSlug(upstream.slug, () =>
      writer.change(async ({ upstreams }) => {
        const { total } = await upstreams.listPage({ page: 1, limit: 1 })
        if (total >= limits.upstreamsMax) throw new GatewayError('conflict', `There are already ${limits.upstreamsMax} upstreams, the most that are allowed.`)
        await upstreams.insert(upstream)
      }),
    )
    return this.#count(upstream)
  }

  /**
   * @param mode `merge` keeps what the input does not name, `replace` gives it its default
   * @throws GatewayError not_found, precondition_failed, validation_failed, conflict
   */
  async update(id: string, input: UpstreamInput, mode: 'merge' | 'replace', seenVersions?: readonly number[]): Promise<UpstreamWithCounts> {
    const { writer, clock, rules } = this.#dependencies
    const updated = await refuseTakenSlug(input.slug ?? '', () =>
      writer.change(async ({ upstreams }) => {
        const stored = found(await upstreams.findById(id), id)
        assertSeenVersion(stored.updatedAtMs, seenVersions)
        const fields = buildUpstream(input, mode === 'merge' ? stored : undefined, rules)
        const { managedBy, createdAtMs } = stored
        const row: Upstream = { ...fields, id, managedBy, createdAtMs, updatedAtMs: nextChangeMs(clock.nowMs(), stored.updatedAtMs) }
        if (!(await upstreams.update(row, stored.updatedAtMs))) assertSeenVersion(row.updatedAtMs, [])
        return row
      }),
    )
    return this.#count(updated)
  }

  /** Removes the upstream with its keys. @throws GatewayError not_found, precondition_failed */
  async remove(id: string, seenVersions?: readonly number[]): Promise<void> {
    await this.#dependencies.writer.change(async ({ upstreams }) => {
      assertSeenVersion(found(await upstreams.findById(id), id).updatedAtMs, seenVersions)
      await upstreams.remove(id)
    })
  }

  async #count(upstream: Upstream): Promise<UpstreamWithCounts> {
    return { upstream, keys: await this.#dependencies.store.keys.countByState(upstream.id) }
  }
}

function found(upstream: Upstream | undefined, id: string): Upstream {
  if (upstream === undefined) throw new GatewayError('not_found', `There is no upstream with the id "${id}".`)
  return upstream
}

async function refuseTakenSlug<T>(slug: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof UniqueViolationError)) throw error
    const message = `The slug "${slug}" belongs to another upstream. Choose another slug.`
    throw new GatewayError('conflict', message, { errors: [{ path: '/slug', message: 'is taken' }], cause: error })
  }
}
