// What every database promises the source of truth: every method of the port, above all where databases differ.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { StoreUnavailableError } from '../../src/ports/store.ts'
import type { Store } from '../../src/ports/store.ts'
import type { FakeClock } from '../support/fake-clock.ts'
import { anUpstream } from '../support/rows.ts'
import { describeAccounts } from './accounts.contract.ts'
import { describeClientKeys } from './client-keys.contract.ts'
import { describeDifferences } from './differences.contract.ts'
import { describeJobs } from './job-queue.contract.ts'
import { describeKeys } from './keys.contract.ts'
import { describePeople } from './people.contract.ts'
import { describeRoutes } from './routes.contract.ts'
import { describeBatches } from './batches.contract.ts'
import { describeSmallRepositories } from './small-repositories.contract.ts'
import { describeSpending } from './spending.contract.ts'
import { describeUpstreams } from './upstreams.contract.ts'

export interface StoreUnderTest {
  readonly store: Store
  /** The clock that the store was opened with. */
  readonly clock: FakeClock
  close(): Promise<void>
}

/** @param open a new, empty database each time */
export function describeStore(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`store contract: ${name}`, () => {
    let current: StoreUnderTest
    const subject = (): StoreUnderTest => current
    beforeEach(async () => {
      current = await open()
    })
    afterEach(async () => {
      await current.close()
    })

    describeUpstreams(subject)
    describeKeys(subject)
    describeRoutes(subject)
    describeClientKeys(subject)
    describePeople(subject)
    describeAccounts(subject)
    describeJobs(subject)
    describeSmallRepositories(subject)
    describeBatches(subject)
    describeSpending(subject)
    describeDifferences(subject)
    describeTransactions(subject)
    describeLifeCycle(subject)
  })
}

function describeTransactions(subject: () => StoreUnderTest): void {
  describe('transactions', () => {
    test('a transaction that resolves is stored whole, and gives its result', async () => {
      const { store } = subject()
      const upstream = anUpstream()
      const version = await store.transaction(async ({ upstreams, settings }) => {
        await upstreams.insert(upstream)
        expect(await upstreams.findById(upstream.id)).toEqual(upstream)
        return settings.bumpConfigVersion()
      })
      expect(version).toBe(1)
      expect(await store.upstreams.findById(upstream.id)).toEqual(upstream)
    })

    test('a transaction that rejects leaves nothing behind, and rejects with the same error', async () => {
      const { store } = subject()
      const reason = new Error('changed my mind')
      const work = store.transaction(async ({ upstreams, settings }) => {
        await upstreams.insert(anUpstream())
        await settings.bumpConfigVersion()
        throw reason
      })
      await expect(work).rejects.toBe(reason)
      expect(await store.upstreams.list()).toEqual([])
      expect(await store.settings.configVersion()).toBe(0)
    })

    test('what another caller does meanwhile waits and is not rolled back with it', async () => {
      const { store } = subject()
      const entered = Promise.withResolvers<void>()
      const failure = Promise.withResolvers<void>()
      const failing = store.transaction(async ({ settings }) => {
        await settings.set('inside', '1')
        entered.resolve()
        await failure.promise
      })
      await entered.promise
      const outside = store.settings.set('outside', '1')
      failure.reject(new Error('rolled back'))
      await expect(failing).rejects.toThrow('rolled back')
      await outside
      expect([await store.settings.get('inside'), await store.settings.get('outside')]).toEqual([undefined, '1'])
    })

    test('20 transactions at once that read and then write lose no update', async () => {
      const { store } = subject()
      await store.settings.set('total', '0')
      const add = (): Promise<void> => store.transaction(async ({ settings }) => settings.set('total', String(Number(await settings.get('total')) + 1)))
      await Promise.all(Array.from({ length: 20 }, add))
      expect(await store.settings.get('total')).toBe('20')
    })

    test('the outer repositories inside a transaction are refused at once instead of waiting for ever', async () => {
      const { store } = subject()
      const work = store.transaction(async () => store.settings.get('x'))
      await expect(work).rejects.toThrow('use the repositories that it passes')
      await expect(store.transaction(async () => store.transaction(async () => {}))).rejects.toThrow('use the repositories that it passes')
      expect(await store.settings.get('x')).toBeUndefined()
    })
  })
}

function describeLifeCycle(subject: () => StoreUnderTest): void {
  describe('life cycle', () => {
    test('after close every call says that the store is gone, and close itself may be repeated', async () => {
      const { store } = subject()
      await store.ping()
      await store.close()
      await store.close()
      const calls = [
        store.ping(),
        store.upstreams.list(),
        store.keys.listSealed(),
        store.users.count(),
        store.settings.get('x'),
        store.transaction(async () => {}),
      ]
      for (const result of await Promise.allSettled(calls)) {
        expect(result).toMatchObject({ status: 'rejected', reason: expect.any(StoreUnavailableError) })
      }
    })

    test('calls under way when it closes end, one way or the other', async () => {
      const { store } = subject()
      const calls = Array.from({ length: 50 }, (_, i) => store.settings.set(`name-${i}`, 'value'))
      const closing = store.close()
      for (const result of await Promise.allSettled(calls)) {
        if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(StoreUnavailableError)
      }
      await closing
    })
  })
}
