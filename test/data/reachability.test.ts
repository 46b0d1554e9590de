// Owns what stands between the gateway and a database that may be away: nobody waits for it, and nobody is told a lie about it.
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { Reachability } from '../../src/infrastructure/database/reachability.ts'
import { StoreLink } from '../../src/infrastructure/database/store-link.ts'
import { sqlite } from '../../src/infrastructure/database/sqlite/driver.ts'
import { Secret } from '../../src/domain/secret.ts'
import { systemClock, systemRandom } from '../../src/infrastructure/system.ts'
import { StoreUnavailableError } from '../../src/ports/store.ts'
import { anUpstream } from '../support/rows.ts'

/** Management answers within this, its own work included. */
const ANSWER_MS = 2_000

const never = (): Promise<never> => new Promise(() => undefined)
const unavailable = { name: 'StoreUnavailableError' }

describe('reachability', () => {
  /** What a ping does; a test switches it. */
  let ping: () => Promise<void>
  let pings: number
  let changes: string[]
  let reachability: Reachability
  beforeEach(() => {
    pings = 0
    changes = []
    ping = () => Promise.resolve()
    const countedPing = (): Promise<void> => {
      pings++
      return ping()
    }
    const onChange = (isReachable: boolean): unknown => changes.push(isReachable ? 'back' : 'away')
    reachability = new Reachability({ ping: countedPing, random: systemRandom, onChange }, () => performance.now())
  })
  afterEach(() => reachability.stop())

  async function until(condition: () => boolean): Promise<void> {
    const endMs = performance.now() + 5_000
    while (!condition()) {
      expect(performance.now()).toBeLessThan(endMs)
      await pause(10)
    }
  }

  test('calls that hang fail together within 2 s, later ones at once, and one answered ping ends it', async () => {
    ping = never
    const startMs = performance.now()
    const calls = Array.from({ length: 20 }, () => reachability.run(never))
    for (const call of calls) await expect(call).rejects.toMatchObject(unavailable)
    expect(performance.now() - startMs).toBeLessThan(ANSWER_MS)
    expect([reachability.isReachable, changes]).toEqual([false, ['away']])

    let ran = false
    await expect(reachability.run(async () => (ran = true))).rejects.toMatchObject(unavailable)
    expect(ran).toBe(false)

    ping = () => Promise.resolve()
    await until(() => reachability.isReachable)
    expect(await reachability.run(async () => 'answer')).toBe('answer')
    expect(changes).toEqual(['away', 'back'])
  })

  test('a long call ends by itself as long as the database answers pings', async () => {
    expect(await reachability.run(() => pause(1_500, 'done'))).toBe('done')
    expect(pings).toBeGreaterThan(0)
    expect(changes).toEqual([])
  })

  test('a call that fails does not make the database away when a ping is answered', async () => {
    await expect(reachability.run(() => Promise.reject(new StoreUnavailableError('deadlock')))).rejects.toThrow('deadlock')
    await pause(50)
    expect([pings, reachability.isReachable]).toEqual([1, true])
  })

  test('an error that is not about reaching the database costs no ping', async () => {
    await expect(reachability.run(() => Promise.reject(new Error('bad statement')))).rejects.toThrow('bad statement')
    await pause(20)
    expect(pings).toBe(0)
  })

  test('while it is away it is asked at most twice a second, and hanging pings do not pile up', async () => {
    ping = () => Promise.reject(new Error('refused'))
    await expect(reachability.run(() => Promise.reject(new StoreUnavailableError('refused')))).rejects.toMatchObject(unavailable)
    await until(() => !reachability.isReachable)
    pings = 0
    await pause(2_100)
    expect(pings).toBeGreaterThanOrEqual(2)
    expect(pings).toBeLessThanOrEqual(5)

    ping = never
    pings = 0
    await pause(3_500)
    expect(pings).toBeLessThanOrEqual(3)
  })
})

describe('store link', () => {
  function openLink(): StoreLink {
    return new StoreLink({ clock: systemClock, random: systemRandom, onChange: () => undefined })
  }

  test('before the database is reached every call is refused as unavailable, never answered as empty', async () => {
    const { store, events, isReachable } = openLink()
    expect(isReachable).toBe(false)
    for (const call of [
      () => store.users.findById('usr_x'),
      () => store.upstreams.list(),
      () => store.settings.configVersion(),
      () => store.transaction(async () => undefined),
      () => store.ping(),
      () => events.listKeyEvents('key_x', 1),
      () => events.appendKeyEvents([]),
    ]) {
      await expect(call()).rejects.toMatchObject(unavailable)
    }
  })

  test('once attached it is that database, transactions included, until it is closed', async () => {
    const link = openLink()
    let isBack = false
    link.onReturn = () => (isBack = true)
    link.attach(await sqlite.open(new Secret('sqlite::memory:'), { clock: systemClock, role: 'server' }))
    const { store } = link
    const upstream = anUpstream()
    await store.transaction(async ({ upstreams, settings }) => {
      await upstreams.insert(upstream)
      await settings.bumpConfigVersion()
    })
    expect(await store.upstreams.list()).toEqual([upstream])
    expect(await store.settings.configVersion()).toBe(1)
    await expect(store.transaction(async () => store.upstreams.list())).rejects.toThrow('Inside a transaction')
    expect([link.isReachable, isBack]).toEqual([true, false])
    await store.close()
    await store.close()
    await expect(store.upstreams.list()).rejects.toMatchObject(unavailable)
  })
})
