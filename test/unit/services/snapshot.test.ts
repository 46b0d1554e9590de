// The configuration in force and the key states behind it, on a real SQLite store: what is stored is seen, what happens is kept.
import { afterEach, describe, expect, test } from '@jest/globals'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Secret } from '../../../src/domain/secret.ts'
import type { ClientKey } from '../../../src/domain/client-key.ts'
import type { Upstream } from '../../../src/domain/upstream.ts'
import { MemoryCache } from '../../../src/infrastructure/cache/memory/memory-cache.ts'
import { openKeyVault } from '../../../src/infrastructure/crypto/open-key-vault.ts'
import { sqlite } from '../../../src/infrastructure/database/sqlite/driver.ts'
import { MetricCounts } from '../../../src/infrastructure/metrics/metric-counts.ts'
import { systemRandom } from '../../../src/infrastructure/system.ts'
import type { KeyVault } from '../../../src/ports/key-vault.ts'
import type { Logger } from '../../../src/ports/logger.ts'
import type { EventStore, SealedUpstreamKey, Store } from '../../../src/ports/store.ts'
import type { KeyPool } from '../../../src/services/key-pool.ts'
import { ConfigurationWatch } from '../../../src/services/configuration-watch.ts'
import { KeyStateRecorder } from '../../../src/services/key-state-recorder.ts'
import type { PoolKey } from '../../../src/services/pool-key.ts'
import { ConfigurationSnapshot, SEALED_KEY_PLACE } from '../../../src/services/snapshot.ts'
import { ExactTurnCounter } from '../../../src/services/turn-counter.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { aClientKey, aKey, anUpstream } from '../../support/rows.ts'
import { limitedFor, plainRandom } from './pool-fixture.ts'

const KEK = new Secret('a-kek-for-this-test-with-enough-entropy-0123')

interface Gateway {
  readonly clock: FakeClock
  readonly store: Store
  readonly events: EventStore
  readonly vault: KeyVault
  readonly snapshot: ConfigurationSnapshot
  readonly watch: ConfigurationWatch
  readonly recorder: KeyStateRecorder
  readonly logged: string[]
  addUpstream(changes?: Partial<Upstream>): Promise<Upstream>
  addKey(upstreamId: string, value: string, changes?: Partial<SealedUpstreamKey>): Promise<SealedUpstreamKey>
  pool(slug: string): KeyPool
  close(): Promise<void>
}

const opened: { close(): Promise<void> }[] = []
const folders: string[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

async function openGateway(url = 'sqlite::memory:', clock = new FakeClock(), builtIn: () => Promise<readonly ClientKey[]> = async () => []): Promise<Gateway> {
  const { store, events } = await sqlite.open(new Secret(url), { clock, role: 'server' })
  const vault = await openKeyVault({ store, encryption: KEK, random: systemRandom })
  const logged: string[] = []
  const log = (...words: unknown[]): void => void logged.push(JSON.stringify(words))
  const logger: Logger = { log, error: log, warn: log, info: log, debug: log }
  const metrics = new MetricCounts()
  const recorder = new KeyStateRecorder({ store, events, logger, metrics })
  const turns = new ExactTurnCounter(new MemoryCache({ clock, entriesMax: 1_000, bytesMax: 100_000 }), plainRandom)
  const pools = {
    clock,
    random: plainRandom,
    turns,
    onTransition: (transition: Parameters<KeyStateRecorder['recordTransition']>[0]) => recorder.recordTransition(transition),
  }
  const snapshot = new ConfigurationSnapshot({ store, vault, clock, logger, metrics, pools, builtInClientKeys: builtIn })
  const watch = new ConfigurationWatch({ store, snapshot, broadcast: undefined, logger })
  let isClosed = false
  const gateway: Gateway = {
    clock,
    store,
    events,
    vault,
    snapshot,
    watch,
    recorder,
    logged,
    addUpstream: async (changes = {}) => {
      const upstream = anUpstream(changes)
      await store.transaction(async ({ upstreams, settings }) => {
        await upstreams.insert(upstream)
        await settings.bumpConfigVersion()
      })
      return upstream
    },
    addKey: async (upstreamId, value, changes = {}) => {
      const row = aKey(upstreamId, changes)
      const key = { ...row, sealedValue: changes.sealedValue ?? vault.seal(new Secret(value), { ...SEALED_KEY_PLACE, id: row.id }) }
      await store.transaction(async ({ keys, settings }) => {
        await keys.insertMany([key])
        await settings.bumpConfigVersion()
      })
      return key
    },
    pool: (slug) => snapshot.current?.upstreams.get(slug)?.pool as KeyPool,
    close: async () => {
      if (isClosed) return
      isClosed = true
      watch.stop()
      await recorder.stop()
      await events.close()
      await store.close()
    },
  }
  opened.push(gateway)
  return gateway
}

function onDisk(): string {
  const folder = mkdtempSync(join(tmpdir(), 'akr-unit-'))
  folders.push(folder)
  return `sqlite:${join(folder, 'core.db')}`
}

function lease(pool: KeyPool): PoolKey {
  const key = pool.lease([], true)
  if (key instanceof Promise) throw new Error('The lease is not synchronous')
  return key
}

describe('refresh', () => {
  test('nothing is in force before the first one; then upstreams, opened keys and client keys are', async () => {
    const builtIn = aClientKey({ digest: 'd:global', source: 'global' })
    const gateway = await openGateway(undefined, undefined, async () => [builtIn])
    expect(gateway.snapshot.current).toBeUndefined()
    const upstream = await gateway.addUpstream({ slug: 'one' })
    await gateway.addUpstream({ slug: 'empty', enabled: false })
    const key = await gateway.addKey(upstream.id, 'sk-the-value')
    const rolled = aClientKey({ digest: 'd:new', previousDigest: 'd:old', previousUntilMs: 1 })
    await gateway.store.clientKeys.insert(rolled)
    await gateway.snapshot.refresh()
    const current = gateway.snapshot.current
    expect([...(current?.upstreams.keys() ?? [])].sort()).toEqual(['empty', 'one'])
    expect(gateway.pool('one').keys.get(key.id)?.spec.value.reveal()).toBe('sk-the-value')
    expect(gateway.pool('empty').keys.size).toBe(0)
    expect([current?.clientKeys.get('d:global'), current?.clientKeys.get('d:new'), current?.clientKeys.get('d:old')]).toEqual([builtIn, rolled, rolled])
  })

  test('a change that was stored before the call is always seen, whatever runs already', async () => {
    const gateway = await openGateway()
    const running: Promise<void>[] = []
    for (let i = 0; i < 25; i++) {
      running.push(gateway.snapshot.refresh())
      const { slug } = await gateway.addUpstream()
      if (i % 3 === 0) running.push(gateway.snapshot.refresh())
      await gateway.snapshot.refresh()
      expect(gateway.snapshot.current?.upstreams.has(slug)).toBe(true)
    }
    await Promise.all(running)
    expect(gateway.snapshot.current?.upstreams.size).toBe(25)
  })

  test('many calls at once share their work', async () => {
    const gateway = await openGateway()
    let loads = 0
    const counted = {
      ...gateway.store,
      settings: new Proxy(gateway.store.settings, {
        get: (target, name) => (name === 'configVersion' ? () => (loads++, target.configVersion()) : Reflect.get(target, name)),
      }),
    }
    const snapshot = new ConfigurationSnapshot({
      store: counted,
      vault: gateway.vault,
      clock: gateway.clock,
      logger: { log: () => undefined, error: () => undefined, warn: () => undefined, info: () => undefined, debug: () => undefined },
      metrics: new MetricCounts(),
      pools: {
        clock: gateway.clock,
        random: plainRandom,
        turns: new ExactTurnCounter(new MemoryCache({ clock: gateway.clock, entriesMax: 10, bytesMax: 1_000 }), plainRandom),
        onTransition: () => undefined,
      },
      builtInClientKeys: async () => [],
    })
    await Promise.all(Array.from({ length: 100 }, () => snapshot.refresh()))
    expect(loads).toBe(2)
  })

  test('a failed refresh is told to its caller, keeps what is in force, and does not stand in the way of the next one', async () => {
    let isDown = false
    const gateway = await openGateway(undefined, undefined, async () => {
      if (isDown) throw new Error('the store is away')
      return []
    })
    await gateway.addUpstream({ slug: 'kept' })
    await gateway.snapshot.refresh()
    isDown = true
    const [first, second] = await Promise.allSettled([gateway.snapshot.refresh(), gateway.snapshot.refresh()])
    expect([first.status, second.status]).toEqual(['rejected', 'rejected'])
    expect(gateway.snapshot.current?.upstreams.has('kept')).toBe(true)
    isDown = false
    await gateway.snapshot.refresh()
  })

  test('SEC-02 a key whose seal is broken is left out and reported; the others work', async () => {
    const gateway = await openGateway()
    const upstream = await gateway.addUpstream({ slug: 'one' })
    const good = await gateway.addKey(upstream.id, 'sk-good')
    const stolen = await gateway.addKey(upstream.id, 'sk-x', { sealedValue: good.sealedValue })
    const cut = await gateway.addKey(upstream.id, 'sk-y', { sealedValue: good.sealedValue.slice(0, -8) })
    await gateway.snapshot.refresh()
    expect([...gateway.pool('one').keys.keys()]).toEqual([good.id])
    for (const { id } of [stolen, cut]) expect(gateway.logged.filter((line) => line.includes('key.seal_broken') && line.includes(id))).toHaveLength(1)
    expect(gateway.logged.join('')).not.toContain('sk-good')
    expect(gateway.snapshot.statusOf(stolen.id)).toBeUndefined()
  })

  test('a removed upstream goes; a renamed one answers under its new name only', async () => {
    const gateway = await openGateway()
    const one = await gateway.addUpstream({ slug: 'one' })
    const two = await gateway.addUpstream({ slug: 'two' })
    await gateway.snapshot.refresh()
    await gateway.store.upstreams.remove(one.id)
    await gateway.store.upstreams.update({ ...two, slug: 'three' })
    await gateway.snapshot.refresh()
    expect([...(gateway.snapshot.current?.upstreams.keys() ?? [])]).toEqual(['three'])
    expect([...gateway.snapshot.pools].map(({ slug }) => slug)).toEqual(['three'])
  })

  test('a snapshot that a request holds is not changed by the next one', async () => {
    const gateway = await openGateway()
    await gateway.addUpstream({ slug: 'one' })
    await gateway.snapshot.refresh()
    const held = gateway.snapshot.current
    await gateway.addUpstream({ slug: 'two' })
    await gateway.snapshot.refresh()
    expect(held?.upstreams.has('two')).toBe(false)
    expect(gateway.snapshot.current).not.toBe(held)
  })
})

test('watch sees what another process stored', async () => {
  const gateway = await openGateway()
  await gateway.snapshot.refresh()
  gateway.watch.start()
  const { slug } = await gateway.addUpstream()
  while (gateway.snapshot.current?.upstreams.has(slug) !== true) await new Promise((resolve) => setTimeout(resolve, 20))
  expect(gateway.snapshot.current.version).toBe(await gateway.store.settings.configVersion())
})

describe('key states', () => {
  test('OPS-06 a rest survives a restart, to the millisecond', async () => {
    const url = onDisk()
    const clock = new FakeClock()
    const first = await openGateway(url, clock)
    const upstream = await first.addUpstream({ slug: 'one' })
    await first.addKey(upstream.id, 'sk-a', { status: { state: 'ready', reason: '', untilMs: undefined, changedAtMs: 1 } })
    await first.snapshot.refresh()
    const leased = lease(first.pool('one'))
    first.pool('one').settle(leased, limitedFor(600_000))
    const { untilMs } = leased
    await first.close()

    const second = await openGateway(url, clock)
    await second.snapshot.refresh()
    expect(second.snapshot.statusOf(leased.id)).toMatchObject({ state: 'cooling', untilMs })
    clock.advance(599_999)
    expect(() => lease(second.pool('one'))).toThrow()
    clock.advance(1)
    expect(lease(second.pool('one')).id).toBe(leased.id)
    expect(second.snapshot.statusOf(leased.id)?.state).toBe('probing')
  })

  test('outlive a new name of their upstream', async () => {
    const gateway = await openGateway()
    const upstream = await gateway.addUpstream({ slug: 'one' })
    const { id } = await gateway.addKey(upstream.id, 'sk-a', { status: { state: 'ready', reason: '', untilMs: undefined, changedAtMs: 1 } })
    await gateway.snapshot.refresh()
    const leased = lease(gateway.pool('one'))
    gateway.pool('one').settle(lease(gateway.pool('one')), limitedFor(60_000))
    await gateway.store.upstreams.update({ ...upstream, slug: 'two' })
    await gateway.snapshot.refresh()
    expect(gateway.snapshot.statusOf(id)?.state).toBe('cooling')
    expect(gateway.pool('two').slug).toBe('two')
    expect(gateway.pool('two').keys.get(id)).toBe(leased)
    expect(leased.inFlight).toBe(1)
  })

  test('are stored by themselves, with their history, and once each', async () => {
    const gateway = await openGateway()
    const upstream = await gateway.addUpstream({ slug: 'one' })
    await gateway.addKey(upstream.id, 'sk-a', { status: { state: 'ready', reason: '', untilMs: undefined, changedAtMs: 1 } })
    await gateway.snapshot.refresh()
    const key = lease(gateway.pool('one'))
    gateway.pool('one').settle(key, limitedFor(60_000))
    while ((await gateway.store.keys.findById(key.id))?.status.state !== 'cooling') await new Promise((resolve) => setTimeout(resolve, 20))
    await gateway.recorder.flush()
    const history = await gateway.events.listKeyEvents(key.id, 10)
    expect(history.map(({ from, to, actor, untilMs }) => [from, to, actor, untilMs])).toEqual([['ready', 'cooling', 'gateway', key.untilMs]])
  })

  test('2,000 keys that change at once share their commits', async () => {
    const gateway = await openGateway(onDisk())
    const upstream = await gateway.addUpstream({ slug: 'one' })
    const rows = Array.from({ length: 2_000 }, () => {
      const row = aKey(upstream.id, { status: { state: 'ready', reason: '', untilMs: undefined, changedAtMs: 1 } })
      return { ...row, sealedValue: gateway.vault.seal(new Secret(row.id), { ...SEALED_KEY_PLACE, id: row.id }) }
    })
    await gateway.store.keys.insertMany(rows)
    await gateway.snapshot.refresh()
    let transactions = 0
    const transaction: Store['transaction'] = (work) => {
      transactions++
      return gateway.store.transaction(work)
    }
    const quiet = { log: () => undefined, error: () => undefined, warn: () => undefined, info: () => undefined, debug: () => undefined }
    const recorder = new KeyStateRecorder({
      store: { ...gateway.store, keys: gateway.store.keys, transaction },
      events: gateway.events,
      logger: quiet,
      metrics: new MetricCounts(),
    })
    const pool = gateway.pool('one')
    for (const key of pool.keys.values()) {
      pool.leaseForProbe(key)
      pool.settle(key, limitedFor(600_000))
      recorder.recordTransition({ poolId: pool.id, slug: pool.slug, key, from: 'ready', outcome: 'rate_limited', atMs: 0 })
    }
    await recorder.stop()
    expect(await gateway.store.keys.countByState(upstream.id)).toMatchObject({ cooling: 2_000, ready: 0 })
    expect(transactions).toBe(4)
  })

  test('a newer stored state is neither overwritten nor ignored', async () => {
    const gateway = await openGateway()
    const upstream = await gateway.addUpstream({ slug: 'one' })
    const row = await gateway.addKey(upstream.id, 'sk-a', { status: { state: 'ready', reason: '', untilMs: undefined, changedAtMs: 1 } })
    await gateway.snapshot.refresh()
    gateway.pool('one').settle(lease(gateway.pool('one')), limitedFor(60_000))
    const disabled = { state: 'disabled', reason: 'disabled by admin', untilMs: undefined, changedAtMs: gateway.clock.nowMs() + 5 } as const
    await gateway.store.keys.updateStatus(row.id, disabled)
    await gateway.recorder.flush()
    expect((await gateway.store.keys.findById(row.id))?.status).toEqual(disabled)
    await gateway.snapshot.refresh()
    expect(gateway.snapshot.statusOf(row.id)).toEqual(disabled)
  })

  test('what cannot be stored now is stored later; the gateway goes on', async () => {
    const gateway = await openGateway()
    const upstream = await gateway.addUpstream({ slug: 'one' })
    const row = await gateway.addKey(upstream.id, 'sk-a', { status: { state: 'ready', reason: '', untilMs: undefined, changedAtMs: 1 } })
    await gateway.snapshot.refresh()
    let isDown = true
    const transaction: Store['transaction'] = async (work) => {
      if (isDown) throw new Error('the store is away')
      return gateway.store.transaction(work)
    }
    const recorder = new KeyStateRecorder({
      store: { ...gateway.store, keys: gateway.store.keys, transaction },
      events: gateway.events,
      logger: { log: () => undefined, error: () => undefined, warn: () => undefined, info: () => undefined, debug: () => undefined },
      metrics: new MetricCounts(),
    })
    const pool = gateway.pool('one')
    const key = lease(pool)
    pool.settle(key, limitedFor(60_000))
    recorder.recordTransition({ poolId: pool.id, slug: pool.slug, key, from: 'ready', outcome: 'rate_limited', atMs: 0 })
    await recorder.flush()
    isDown = false
    await recorder.stop()
    expect((await gateway.store.keys.findById(row.id))?.status.state).toBe('cooling')
  })
})
