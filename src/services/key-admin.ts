// What people may do with the keys of a pool, one at a time or all at once.
import { findKeyFault } from '../domain/key-import-collector.ts'
import { type KeyState, type KeyStatus, setTags, type UpstreamKey } from '../domain/upstream-key.ts'
import { GatewayError } from '../errors.ts'
import { limits } from '../limits.ts'
import type { LiveFeed } from '../domain/live-event.ts'
import type { KeyProber, LiveKeys, ProbeResult } from '../ports/live.ts'
import type { Logger } from '../ports/logger.ts'
import { UniqueViolationError } from '../ports/store.ts'
import type { EventStore, KeyEvent, Page, PageRequest, Store, UpstreamKeyFilter } from '../ports/store.ts'
import { assertSeenVersion, nextChangeMs } from './configuration-writer.ts'
import type { ConfigurationWriter } from './configuration-writer.ts'
import { sealKey } from './key-entry.ts'
import type { KeyInput, KeySealing } from './key-entry.ts'
import { refuseOverfullPool } from './key-import-admin.ts'
import { keyNews } from './live/live-news.ts'

export interface KeyAdminDependencies {
  readonly store: Store
  readonly events: EventStore
  readonly writer: ConfigurationWriter
  readonly liveKeys: LiveKeys
  readonly prober: KeyProber
  readonly sealing: KeySealing
  readonly logger: Logger
  readonly feed?: LiveFeed | undefined
}

/** Absent members stay as they are. The value of a key never changes: another value is another key. */
export type KeyChange = Partial<Omit<KeyInput, 'value'>>

/** How often a change of state is written again when the gateway stored its own at the same moment. */
const STATUS_WRITES_MAX = 3

export class KeyAdmin {
  readonly #dependencies: KeyAdminDependencies

  constructor(dependencies: KeyAdminDependencies) {
    this.#dependencies = dependencies
  }

  /** @throws GatewayError not_found for an unknown upstream */
  async list(upstreamId: string, page: PageRequest, filter: UpstreamKeyFilter = {}): Promise<Page<UpstreamKey>> {
    const { store } = this.#dependencies
    if ((await store.upstreams.findById(upstreamId)) === undefined) throw unknownUpstream(upstreamId)
    const { rows, total } = await store.keys.listPage(upstreamId, page, filter)
    return { rows: rows.map((key) => this.#withLiveStatus(key)), total }
  }

  /** @throws GatewayError not_found */
  async get(id: string): Promise<UpstreamKey> {
    return this.#withLiveStatus(found(await this.#dependencies.store.keys.findById(id), id))
  }

  /** @throws GatewayError not_found, validation_failed, conflict when the pool has this key already or is full */
  async create(upstreamId: string, input: KeyInput, actor: string): Promise<UpstreamKey> {
    const { store, writer, sealing } = this.#dependencies
    const value = input.value.trim()
    const fault = findKeyFault(/[\r\n\0]/.test(input.value) ? input.value : value)
    if (fault !== undefined) throw new GatewayError('validation_failed', `The key ${fault}.`, { errors: [{ path: '/value', message: fault }] })
    const upstream = await store.upstreams.findById(upstreamId)
    if (upstream === undefined) throw unknownUpstream(upstreamId)
    const row = sealKey({ ...input, value }, upstream, actor, sealing)
    try {
      await writer.change(async ({ keys, upstreams }) => {
        if ((await upstreams.findById(upstreamId)) === undefined) throw unknownUpstream(upstreamId)
        refuseOverfullPool(await keys.countByState(upstreamId), 1)
        await keys.insertMany([row])
      })
    } catch (error) {
      if (!(error instanceof UniqueViolationError)) throw error
      throw new GatewayError('conflict', `The pool of "${upstream.slug}" already has this key (fingerprint ${row.fingerprint}).`, { cause: error })
    }
    return this.#withLiveStatus(row)
  }

  /** @throws GatewayError not_found, precondition_failed */
  async update(id: string, change: KeyChange, actor: string, seenVersions?: readonly number[]): Promise<UpstreamKey> {
    const { writer, sealing } = this.#dependencies
    const updated = await writer.change(async ({ keys }) => {
      const stored = found(await keys.findById(id), id)
      assertSeenVersion(stored.updatedAtMs, seenVersions)
      const row: UpstreamKey = {
        ...stored,
        label: change.label ?? stored.label,
        weight: change.weight ?? stored.weight,
        tier: change.tier ?? stored.tier,
        quotaGroup: change.quotaGroup ?? stored.quotaGroup,
        tags: change.tags === undefined ? stored.tags : setTags(change.tags),
        limits: change.limits ?? stored.limits,
        updatedAtMs: nextChangeMs(sealing.clock.nowMs(), stored.updatedAtMs),
      }
      await keys.update(row)
      return row
    })
    const isDisabled = this.#withLiveStatus(updated).status.state === 'disabled'
    if (change.enabled === false && !isDisabled) await this.#changeStatus(id, 'disabled', `disabled by ${actor}`, actor)
    if (change.enabled === true && isDisabled) await this.#changeStatus(id, 'ready', `enabled by ${actor}`, actor)
    return this.get(id)
  }

  /** Puts a cooling, parked or disabled key back into rotation. @throws GatewayError not_found */
  async revive(id: string, actor: string): Promise<UpstreamKey> {
    const key = await this.get(id)
    if (key.status.state !== 'ready') await this.#changeStatus(id, 'ready', `revived by ${actor}`, actor)
    return this.get(id)
  }

  /** Asks the vendor whether it accepts the key, and says what state the key is in afterwards. @throws GatewayError not_found */
  async test(id: string): Promise<{ result: ProbeResult; key: UpstreamKey }> {
    await this.get(id)
    const result = await this.#dependencies.prober.probe(id)
    return { result, key: await this.get(id) }
  }

  /** @throws GatewayError not_found, precondition_failed */
  async remove(id: string, seenVersions?: readonly number[]): Promise<void> {
    await this.#dependencies.writer.change(async ({ keys }) => {
      assertSeenVersion(found(await keys.findById(id), id).updatedAtMs, seenVersions)
      await keys.remove(id)
    })
  }

  /** Removes all keys of a pool, or those in one stored state. Returns how many. @throws GatewayError not_found */
  async clear(upstreamId: string, state?: KeyState): Promise<number> {
    return this.#dependencies.writer.change(async ({ keys, upstreams }) => {
      if ((await upstreams.findById(upstreamId)) === undefined) throw unknownUpstream(upstreamId)
      return keys.removeAll(upstreamId, { state })
    })
  }

  /** Newest first. @throws GatewayError not_found */
  async listEvents(id: string, limit: number): Promise<readonly KeyEvent[]> {
    const { store, events } = this.#dependencies
    found(await store.keys.findById(id), id)
    return events.listKeyEvents(id, Math.min(limit, limits.keyEventsKept))
  }

  async #changeStatus(id: string, state: KeyState, reason: string, actor: string): Promise<void> {
    const { events, liveKeys, logger } = this.#dependencies
    // The gateway stores its own view of a key a moment later; when it came in between, the person's word is repeated.
    for (let write = 0; write < STATUS_WRITES_MAX; write++) {
      const { from, status, upstreamId } = await this.#writeStatus(id, state, reason)
      const live = liveKeys.statusOf(id)
      if (live === undefined || live.state === state || (state !== 'disabled' && live.changedAtMs >= status.changedAtMs)) {
        const event: KeyEvent = { keyId: id, atMs: status.changedAtMs, from, to: state, reason, actor, untilMs: undefined }
        await events
          .appendKeyEvents([event])
          .catch((error: unknown) => logger.warn('key.event_lost', 'The history of a key could not be written', { error: String(error) }))
        logger.info('key.changed_by_person', `Key ${id} was set to ${state} by ${actor}`, { key_id: id, from, to: state, actor })
        await this.#tell(event, upstreamId)
        return
      }
    }
    throw new GatewayError('degraded', 'The state of this key changes faster than it can be stored. Try again.')
  }

  async #tell(event: KeyEvent, upstreamId: string): Promise<void> {
    const { feed, store } = this.#dependencies
    if (feed?.isWanted('keys') !== true) return
    const upstream = await store.upstreams.findById(upstreamId).catch(() => undefined)
    if (upstream !== undefined) feed.publish(keyNews({ ...event, upstream: upstream.slug, by: 'person' }))
  }

  #writeStatus(id: string, state: KeyState, reason: string): Promise<{ from: KeyState; status: KeyStatus; upstreamId: string }> {
    const { writer, liveKeys, sealing } = this.#dependencies
    return writer.change(async ({ keys }) => {
      const stored = found(await keys.findById(id), id)
      const before = liveKeys.statusOf(id) ?? stored.status
      const changedAtMs = nextChangeMs(sealing.clock.nowMs(), Math.max(stored.status.changedAtMs, before.changedAtMs))
      const status: KeyStatus = { state, reason, untilMs: undefined, changedAtMs }
      await keys.updateStatus(id, status)
      return { from: before.state, status, upstreamId: stored.upstreamId }
    })
  }

  #withLiveStatus(key: UpstreamKey): UpstreamKey {
    const { liveKeys } = this.#dependencies
    return { ...key, status: liveKeys.statusOf(key.id) ?? key.status, lastUsedAtMs: liveKeys.lastUsedAtMs(key.id) ?? key.lastUsedAtMs }
  }
}

function found<T>(key: T | undefined, id: string): T {
  if (key === undefined) throw new GatewayError('not_found', `There is no upstream key with the id "${id}".`)
  return key
}

function unknownUpstream(id: string): GatewayError {
  return new GatewayError('not_found', `There is no upstream with the id "${id}".`)
}
