// What every database promises the history of keys.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { limits } from '../../src/limits.ts'
import { StoreUnavailableError } from '../../src/ports/store.ts'
import type { EventStore } from '../../src/ports/store.ts'
import { aKeyEvent } from '../support/rows.ts'

export interface EventStoreUnderTest {
  readonly events: EventStore
  close(): Promise<void>
}

/** @param open a new, empty event store each time */
export function describeEventStore(name: string, open: () => Promise<EventStoreUnderTest>): void {
  describe(`event store contract: ${name}`, () => {
    let current: EventStoreUnderTest
    beforeEach(async () => {
      current = await open()
    })
    afterEach(async () => {
      await current.close()
    })

    test('events come back newest first, every field intact, for their key only', async () => {
      const { events } = current
      const first = aKeyEvent('key_1', { atMs: 1 })
      const second = aKeyEvent('key_1', { atMs: 1, from: 'cooling', to: 'disabled', actor: 'Анна 🔑', reason: 'by hand', untilMs: undefined })
      await events.appendKeyEvents([first, aKeyEvent('key_2'), second])
      expect(await events.listKeyEvents('key_1', 10)).toEqual([second, first])
      expect(await events.listKeyEvents('key_1', 1)).toEqual([second])
      expect(await events.listKeyEvents('key_none', 10)).toEqual([])
      await events.appendKeyEvents([])
    })

    test('at most the newest events of a key are kept, also of a batch of many keys', async () => {
      const { events } = current
      const busy = Array.from({ length: limits.keyEventsKept + 50 }, (_, i) => aKeyEvent('busy', { atMs: i }))
      const quiet = Array.from({ length: 2_000 }, (_, i) => aKeyEvent(`quiet_${i}`))
      await events.appendKeyEvents([...quiet, ...busy])
      const kept = await events.listKeyEvents('busy', 1_000)
      expect(kept).toHaveLength(limits.keyEventsKept)
      expect([kept[0]?.atMs, kept.at(-1)?.atMs]).toEqual([busy.length - 1, 50])
      expect(await events.listKeyEvents('quiet_1999', 10)).toHaveLength(1)
      await events.appendKeyEvents([aKeyEvent('busy', { atMs: 9_999 })])
      expect((await events.listKeyEvents('busy', 1_000)).map(({ atMs }) => atMs).slice(0, 2)).toEqual([9_999, busy.length - 1])
    })

    test('after close every call says that it is gone, and close itself may be repeated', async () => {
      const { events } = current
      await events.close()
      await events.close()
      await expect(events.appendKeyEvents([aKeyEvent('key_1')])).rejects.toBeInstanceOf(StoreUnavailableError)
      await expect(events.listKeyEvents('key_1', 1)).rejects.toBeInstanceOf(StoreUnavailableError)
    })
  })
}
