// The hub of live events without a network: who is told what, exact counts, listeners that do not read, messages of other processes.
import { afterEach, expect, test } from '@jest/globals'
import { LIVE_TOPICS, type LiveEnd, liveSignature, type LiveNews, type LiveSubscription, parseLiveSignature } from '../../../src/domain/live-event.ts'
import { limits } from '../../../src/limits.ts'
import type { Broadcast } from '../../../src/ports/cache.ts'
import { LiveHub } from '../../../src/services/live/live-hub.ts'
import type { LiveEncoding, LiveListener } from '../../../src/services/live/live-listener.ts'
import { requestNews } from '../../../src/services/live/live-news.ts'
import { LiveRelay } from '../../../src/services/live/live-relay.ts'
import { LiveSessions } from '../../../src/services/live/live-sessions.ts'
import { anExchangeRecord } from '../../support/exchange-records.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { until } from '../../support/until.ts'

const ALL: LiveSubscription = { topics: LIVE_TOPICS, isOwn: false }
let encoded = 0
const LINES: LiveEncoding = { name: 'sse', encode: ({ json }) => (encoded++, Buffer.from(`${json}\n`)) }

class Recorder implements LiveListener {
  readonly encoding = LINES
  waitingBytes = 0
  text = ''
  beats = 0
  ended: LiveEnd | undefined
  send(bytes: Uint8Array): void {
    this.text += Buffer.from(bytes).toString()
  }
  beat(): void {
    this.beats++
  }
  end(reason: LiveEnd): void {
    this.ended = reason
  }
  get events(): any[] {
    return this.text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line))
  }
}

const opened: LiveHub[] = []
afterEach(() => {
  for (const hub of opened.splice(0)) hub.close()
})

function openHub(replica = 'rep_00000000000000000000000000', clock = new FakeClock(1_000)): LiveHub {
  const hub = new LiveHub({ clock, replica })
  opened.push(hub)
  return hub
}

function listen(hub: LiveHub, subscription = ALL): Recorder {
  const listener = new Recorder()
  hub.add(listener)
  hub.subscribe(listener, subscription)
  return listener
}

const news = (changes: Partial<LiveNews> = {}): LiveNews => ({ topic: 'config', type: 'config.in_force', atMs: 0, render: () => ({ n: 1 }), ...changes })

test('without listeners nothing is written down, and with many an event is rendered and encoded once', async () => {
  const hub = openHub()
  let renders = 0
  const render = (): object => (renders++, {})
  hub.publish(news({ render: render as LiveNews['render'] }))
  expect([renders, hub.isWanted('config'), hub.isWanted('requests')]).toEqual([0, false, false])
  const listeners = Array.from({ length: 1_000 }, () => listen(hub))
  encoded = 0
  hub.publish(news({ render: render as LiveNews['render'] }))
  await until(() => listeners.every(({ events }) => events.length === 1))
  expect([renders, encoded]).toEqual([1, 1])
  expect(hub.stats()).toMatchObject({ events: 1, sent: 1_000, subscriptions: 1, listeners: { sse: 1_000 } })
})

test('filters are held against events that have the property; people of an account hear of theirs only', async () => {
  const hub = openHub()
  const all = listen(hub)
  const one = listen(hub, { ...ALL, upstream: 'one' })
  const key = listen(hub, { topics: ['requests'], clientKeyId: 'cli_1', isOwn: false })
  const account = listen(hub, { topics: ['requests', 'config'], accountId: 'acc_1', isOwn: false })
  const own = listen(hub, { topics: ['requests'], accountId: 'acc_1', isOwn: true })
  hub.publish(requestNews(anExchangeRecord({ requestId: 'a', upstream: 'one', clientKeyId: 'cli_1', accountId: 'acc_1' })))
  hub.publish(requestNews(anExchangeRecord({ requestId: 'b', upstream: 'two', clientKeyId: 'cli_2', accountId: 'acc_2' })))
  hub.publish(requestNews(anExchangeRecord({ requestId: 'c', upstream: 'one', clientKeyId: 'cli_3', accountId: '' })))
  hub.publish(news())
  await until(() => all.events.length === 4)
  const told = (listener: Recorder): unknown[] => listener.events.map(({ data, type }) => data.request_id ?? type)
  expect(told(all)).toEqual(['a', 'b', 'c', 'config.in_force'])
  expect(told(one)).toEqual(['a', 'c', 'config.in_force'])
  expect(told(key)).toEqual(['a'])
  expect(told(account)).toEqual(['a', 'config.in_force'])
  expect(told(own)).toEqual(['a'])
  expect([all.events[0].data.key_id, own.events[0].data.key_id]).toEqual(['key_1', undefined])
})

test('above the bound of a second events are left out and counted exactly, per subscription and topic', async () => {
  const hub = openHub()
  const [all, one] = [listen(hub), listen(hub, { ...ALL, upstream: 'one' })]
  for (let i = 0; i < 100; i++) hub.publish(requestNews(anExchangeRecord({ requestId: `r${i}`, upstream: i % 10 === 0 ? 'one' : 'two' })))
  hub.publish(news())
  const skips = (listener: Recorder): any[] => listener.events.filter(({ type }) => type === 'events.skipped')
  await until(() => skips(all).length === 1)
  expect(skips(all)[0]).toMatchObject({ topic: 'requests', data: { count: 100 - limits.liveEventsPerSecond } })
  expect(all.events.filter(({ type }) => type === 'request.finished')).toHaveLength(limits.liveEventsPerSecond)
  expect(all.events.filter(({ topic }) => topic === 'config')).toHaveLength(1)
  expect(one.events.filter(({ type }) => type === 'request.finished')).toHaveLength(10)
  expect([skips(one), hub.stats().skipped]).toEqual([[], 100 - limits.liveEventsPerSecond])
})

test('a listener that does not read is sent away; all others hear everything', async () => {
  const hub = openHub()
  const listeners = Array.from({ length: 500 }, () => listen(hub))
  const stuck = listeners[100] as Recorder
  stuck.waitingBytes = limits.liveQueueBytesMax + 1
  hub.publish(news())
  await until(() => listeners.every((listener) => listener === stuck || listener.events.length === 1))
  expect([stuck.ended, stuck.text, hub.size]).toEqual(['too_slow', '', 499])
  expect(hub.stats().ended).toEqual({ too_slow: 1 })
})

test('who comes back within a moment hears what came since; ids of another subscription or process tell of a gap', async () => {
  const hub = openHub()
  const first = listen(hub)
  hub.publish(news())
  await until(() => first.events.length === 1)
  hub.remove(first)
  hub.publish(news({ render: () => ({ n: 2 }) }))
  await until(() => hub.subscribe(first, ALL, first.events[0].id)?.count === 1)
  for (const strange of ['', 'x.1', `${String(first.events[0].id).split('.')[0]}.999`]) expect(hub.subscribe(first, ALL, strange)).toBeUndefined()
  expect(hub.subscribe(first, { topics: ['keys'], isOwn: false }, first.events[0].id)).toBeUndefined()
})

test('listeners and subscriptions have bounds; what nobody uses makes room', () => {
  const hub = openHub()
  const listeners = Array.from({ length: limits.liveSubscriptionsMax }, (_, i) => listen(hub, { ...ALL, upstream: `u${i}` }))
  const late = new Recorder()
  hub.add(late)
  expect(() => hub.subscribe(late, { ...ALL, upstream: 'late' })).toThrow('different subscriptions')
  hub.remove(listeners[0] as Recorder)
  expect(hub.subscribe(late, { ...ALL, upstream: 'late' })?.count).toBe(0)
  while (hub.size < limits.liveListenersMax) hub.add(new Recorder())
  expect(() => hub.add(new Recorder())).toThrow('listeners are connected')
  hub.close()
  expect(listeners.slice(1).every(({ ended }) => ended === 'shutting_down')).toBe(true)
  expect(() => hub.add(new Recorder())).toThrow('shutting down')
})

/** What processes of one test say to each other. */
class Wire implements Broadcast {
  readonly #subscriptions: { readonly channel: string; readonly onMessage: (message: string) => void }[] = []
  readonly published: string[] = []
  async publish(channel: string, message: string): Promise<void> {
    this.published.push(message)
    for (const subscription of this.#subscriptions) if (subscription.channel === channel) subscription.onMessage(message)
  }
  subscribe(channel: string, onMessage: (message: string) => void): () => void {
    const subscription = { channel, onMessage }
    this.#subscriptions.push(subscription)
    return () => void this.#subscriptions.splice(this.#subscriptions.indexOf(subscription), 1)
  }
}

test('another process tells what is listened to here and nothing else; forged messages are nothing', async () => {
  const wire = new Wire()
  const [here, there] = [openHub('rep_here00000000000000000000a'), openHub('rep_there0000000000000000000b')]
  const relays = [here, there].map((hub) => new LiveRelay(hub, wire))
  for (const relay of relays) relay.start()
  there.publish(requestNews(anExchangeRecord({ requestId: 'unheard' })))
  expect(wire.published).toEqual([])
  const subscription: LiveSubscription = { topics: ['requests'], accountId: 'acc_1', isOwn: true }
  const listener = listen(here, subscription)
  await until(() => there.isWanted('requests'))
  there.publish(requestNews(anExchangeRecord({ requestId: 'theirs', accountId: 'acc_1' })))
  there.publish(requestNews(anExchangeRecord({ requestId: 'of others', accountId: 'acc_2' })))
  here.publish(requestNews(anExchangeRecord({ requestId: 'ours', accountId: 'acc_1' })))
  await until(() => listener.events.length === 2)
  expect(new Set(listener.events.map(({ replica, data }) => `${replica} ${data.request_id}`))).toEqual(
    new Set([`${there.replica} theirs`, `${here.replica} ours`]),
  )
  const before = listener.text
  const event = { type: 'request.finished', topic: 'requests', at: 'now', replica: 'rep_x', data: { account_id: 'acc_1' } }
  const forged = [
    { ...event, data: { account_id: 'acc_2' } },
    { ...event, topic: 'keys' },
    { ...event, type: 'hello' },
    { ...event, id: '1' },
    { ...event, data: [] },
    { ...event, data: { account_id: 'acc_1', text: 'x'.repeat(limits.liveEventCharsMax) } },
    'text',
  ]
  const channel = 'akr:v1:topic:live-events'
  const to = liveSignature(subscription)
  for (const message of ['{', '[]', 'null', JSON.stringify({ from: 'rep_x', to: 'nobody', events: [event] }), JSON.stringify({ to, events: [event] })])
    await wire.publish(channel, message)
  await wire.publish(channel, JSON.stringify({ from: 'rep_x', to, events: forged }))
  await wire.publish(channel, JSON.stringify({ from: 'rep_x', to, events: [event] }))
  await until(() => listener.text !== before)
  expect(listener.events).toHaveLength(3)
  for (const relay of relays) relay.stop()
})

test('a subscription can be told from what only looks like one', () => {
  const subscription: LiveSubscription = { topics: ['requests', 'keys'], upstream: 'one', clientKeyId: undefined, accountId: 'acc_1', isOwn: true }
  expect(parseLiveSignature(liveSignature(subscription))).toEqual(subscription)
  for (const text of ['', '[]', 'null', '[["requests"],null,null,null,true]', '[["nothing"],null,null,null,false]', '[["requests"],1,null,null,false]'])
    expect(parseLiveSignature(text)).toBeUndefined()
  expect(parseLiveSignature('[["keys","requests"],null,null,null,false]')).toBeUndefined()
  expect(parseLiveSignature(JSON.stringify([['requests'], 'x'.repeat(65), null, null, false]))).toBeUndefined()
})

test('sessions: a token that runs out ends its listener, one look-up ends all of a person, and a store that is away ends nobody', async () => {
  const clock = new FakeClock(1_000_000)
  const hub = openHub('rep_0', clock)
  const asked: string[] = []
  let answer = (): Promise<boolean> => Promise.reject(new Error('away'))
  const auth = { isStillGood: (userId: string) => (asked.push(userId), answer()) }
  const sessions = new LiveSessions({ hub, auth, clock })
  const user = { id: 'usr_1', tokenVersion: 1, username: 'u', role: 'viewer', enabled: true, createdAtMs: 0, updatedAtMs: 0 } as const
  const [short, long, second] = [listen(hub), listen(hub), listen(hub)]
  sessions.watch(short, { user, signedInAtMs: 0, endsAtMs: clock.nowMs() + 1_000 })
  for (const listener of [long, second]) sessions.watch(listener, { user, signedInAtMs: 0, endsAtMs: clock.nowMs() + 100_000 })
  await sessions.look()
  expect([short.ended, long.ended, asked.length]).toEqual([undefined, undefined, 1])
  clock.advance(1_000)
  answer = () => Promise.resolve(true)
  await sessions.look()
  expect([short.ended, long.ended]).toEqual(['session_expired', undefined])
  answer = () => Promise.resolve(false)
  await sessions.look()
  expect([long.ended, second.ended]).toEqual(['session_revoked', 'session_revoked'])
  for (const listener of [short, long, second]) sessions.forget(listener)
})
