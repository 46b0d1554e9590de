// What every broadcast promises. Run against each driver that has it by test/drivers/*.
import { afterEach, describe, expect, test } from '@jest/globals'
import { CacheUnavailableError } from '../../src/ports/cache.ts'
import type { Broadcast, Cache } from '../../src/ports/cache.ts'
import { until } from '../support/until.ts'

export interface BroadcastUnderTest {
  /** Two caches that share a server, as two processes have them. */
  readonly one: Cache & Broadcast
  readonly other: Cache & Broadcast
  /** Cuts what is connected; it may come back at once. */
  cut(): Promise<void>
}

interface Heard {
  readonly messages: string[]
  /** The last probe that came through; probes are no messages. */
  probe: string
  gaps: number
  end(): void
}

const PROBE = 'probe '
let probes = 0

/** @param open a new pair each time */
export function describeBroadcast(name: string, open: () => Promise<BroadcastUnderTest>): void {
  const opened: Cache[] = []
  const openPair = async (): Promise<BroadcastUnderTest> => {
    const pair = await open()
    opened.push(pair.one, pair.other)
    return pair
  }
  const listen = async (cache: Broadcast, on: string): Promise<Heard> => {
    const heard: Heard = { messages: [], probe: '', gaps: 0, end: () => {} }
    heard.end = cache.subscribe(
      on,
      (message) => (message.startsWith(PROBE) ? (heard.probe = message) : heard.messages.push(message)),
      () => heard.gaps++,
    )
    await reaches(cache, on, heard)
    return heard
  }
  /** Publishes until it is heard: subscribing takes its time, and nobody is told when it is done. */
  const reaches = async (from: Broadcast, on: string, heard: Heard): Promise<void> => {
    const probe = PROBE + ++probes
    await until(async () => {
      await from.publish(on, probe).catch(() => {})
      return heard.probe === probe
    })
  }

  describe(`broadcast contract: ${name}`, () => {
    afterEach(async () => {
      for (const cache of opened.splice(0)) await cache.close()
    })

    test('everybody hears a message once and in order, the sender included, and only of what was subscribed to', async () => {
      const { one, other } = await openPair()
      const heard = [await listen(one, 'news'), await listen(other, 'news'), await listen(other, 'sport')]
      for (const text of ['1', '2', '', '🔑 line\nbreak']) await one.publish('news', text)
      await other.publish('sport', 'goal')
      await until(() => heard.every(({ messages }, i) => messages.length >= (i === 2 ? 1 : 4)))
      expect(heard.map(({ messages }) => messages)).toEqual([['1', '2', '', '🔑 line\nbreak'], ['1', '2', '', '🔑 line\nbreak'], ['goal']])
      expect(heard.map(({ gaps }) => gaps)).toEqual([0, 0, 0])
    })

    test('two listeners of one process both hear; one that has ended hears nothing and the other goes on', async () => {
      const { one, other } = await openPair()
      const first = await listen(one, 'news')
      const second = await listen(one, 'news')
      await other.publish('news', '1')
      await until(() => first.messages.length + second.messages.length >= 2)
      first.end()
      first.end()
      await other.publish('news', '2')
      await until(() => second.messages.length >= 2)
      expect([first.messages, second.messages]).toEqual([['1'], ['1', '2']])
    })

    test('publishing to nobody is no error', async () => {
      const { one } = await openPair()
      await one.publish('nobody listens', 'hello')
    })

    test('a lost connection comes back by itself, says that there was a gap, and messages arrive again', async () => {
      const { one, other, cut } = await openPair()
      const heard = await listen(other, 'news')
      for (let round = 1; round <= 2; round++) {
        await cut()
        await until(() => heard.gaps >= round)
        await reaches(one, 'news', heard)
        expect(heard.gaps).toBe(round)
      }
    })

    test('after close nothing is heard, and publishing says that the cache is gone', async () => {
      const { one, other } = await openPair()
      const heard = await listen(other, 'news')
      const witness = await listen(one, 'news')
      await other.close()
      await one.publish('news', 'hello')
      await until(() => witness.messages.length >= 1)
      expect(heard.messages).toEqual([])
      await expect(other.publish('news', 'hello')).rejects.toThrow(CacheUnavailableError)
      other.subscribe(
        'news',
        () => {},
        () => {},
      )()
    })
  })
}
