// The Redis cache on a real Cluster of six processes: the contracts, keys over all nodes, a primary killed and frozen, slots that move.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import type { RedisCache } from '../../src/infrastructure/cache/redis/redis-cache.ts'
import { CacheUnavailableError } from '../../src/ports/cache.ts'
import { describeBroadcast } from '../contracts/broadcast.contract.ts'
import { describeCache } from '../contracts/cache.contract.ts'
import { watchMachineNoise } from '../support/machine-noise.ts'
import { openRedisCache, type RecordingLogger, RedisTime } from '../support/redis-cache.ts'
import { startRedisCluster, type ClusterNode, type RunningRedisCluster } from '../support/servers/redis-cluster.ts'
import { describeWith } from '../support/servers/required.ts'
import { until } from '../support/until.ts'

const MINUTE = 60_000
/** What docs/redis.md promises: the timeout of the nodes, the election, and the way back. */
const ELECTION_MS = 1_000
const BACK_MS = 2_000

describeWith('redis', 'redis cluster', () => {
  let cluster: RunningRedisCluster
  let cache: RedisCache
  let logger: RecordingLogger

  beforeAll(async () => {
    cluster = await startRedisCluster()
  }, 60_000)
  afterAll(() => cluster.stop())
  beforeEach(async () => {
    await flush()
    ;({ cache, logger } = await openRedisCache(cluster.url))
  })
  afterEach(() => cache.close())

  /** Replicas refuse; their primaries do it for them. */
  const everywhere = async (act: (node: ClusterNode) => Promise<unknown>): Promise<void> => {
    for (const node of cluster.nodes) await act(node).catch(() => {})
  }
  const flush = (): Promise<void> => everywhere(({ client }) => client.flushall())
  const time = new RedisTime(() => cluster.nodes.map(({ client }) => client))

  describeCache('redis cluster', async () => {
    await flush()
    const opened = await openRedisCache(cluster.url)
    time.start()
    return { cache: opened.cache, advance: (ms) => time.advance(ms) }
  })
  describeBroadcast('redis cluster', async () => ({
    one: (await openRedisCache(cluster.url)).cache,
    other: (await openRedisCache(cluster.url)).cache,
    cut: () => everywhere(({ client }) => client.call('CLIENT', 'KILL', 'TYPE', 'pubsub')),
  }))

  const keys = Array.from({ length: 300 }, (_, i) => `key${i}`)
  const countAll = (): Promise<PromiseSettledResult<number>[]> => Promise.allSettled(keys.map((key) => cache.increment(key, MINUTE)))
  const worksEverywhere = async (): Promise<boolean> => (await countAll()).every(({ status }) => status === 'fulfilled')

  test('keys are spread over all primaries, and read back in order', async () => {
    for (const key of keys) await cache.set(key, `value of ${key}`, MINUTE)
    expect(await cache.getMany(keys)).toEqual(keys.map((key) => `value of ${key}`))
    const owners = new Set(await Promise.all(keys.slice(0, 50).map(async (key) => (await cluster.primaryOf(`akr:${key}`)).server.port)))
    expect(owners.size).toBe(3)
  })

  test('2,000 increments over 4 connections on keys of all nodes are exact', async () => {
    const others = await Promise.all([1, 2, 3].map(async () => (await openRedisCache(cluster.url)).cache))
    const numbers = await Promise.all([cache, ...others].flatMap((one) => Array.from({ length: 500 }, (_, i) => one.increment(`n${i % 5}`, MINUTE))))
    const expected = Array.from({ length: 400 }, (_, i) => [i + 1, i + 1, i + 1, i + 1, i + 1]).flat()
    expect([...numbers].sort((a, b) => a - b)).toEqual(expected)
    for (const one of others) await one.close()
  })

  test('a slot that moves is followed, and no call fails', async () => {
    const key = 'moving'
    expect(await cache.increment(key, MINUTE)).toBe(1)
    const from = await cluster.primaryOf(`akr:${key}`)
    const slot = await from.client.cluster('KEYSLOT', `akr:${key}`)
    const ports = [...new Set(await Promise.all(keys.slice(0, 50).map(async (one) => (await cluster.primaryOf(`akr:${one}`)).server.port)))]
    const to = cluster.nodes.find(({ server }) => server.port !== from.server.port && ports.includes(server.port)) as ClusterNode
    const [fromId, toId] = await Promise.all([from, to].map(async ({ client }) => String(await client.cluster('MYID'))))
    await to.client.cluster('SETSLOT', slot, 'IMPORTING', fromId as string)
    await from.client.cluster('SETSLOT', slot, 'MIGRATING', toId as string)
    expect(await cache.increment(key, MINUTE)).toBe(2)
    await from.client.migrate('127.0.0.1', to.server.port, `akr:${key}`, 0, 5_000)
    // Gone here and known there: ASK.
    expect(await cache.increment(key, MINUTE)).toBe(3)
    for (const { client } of [to, from]) await client.cluster('SETSLOT', slot, 'NODE', toId as string)
    // MOVED, then known.
    expect(await cache.increment(key, MINUTE)).toBe(4)
    await cluster.ready()
    expect(await cache.increment(key, MINUTE)).toBe(5)
    expect(logger.events).toEqual([])
  })

  /**
   * Counts while a primary is away. Its keys must be refused at once and then come back; those of the others go on, unless the
   * cluster wants "full coverage" and answers CLUSTERDOWN.
   */
  const survive = async (lost: ClusterNode, coverage: 'yes' | 'no', lose: () => Promise<void>): Promise<void> => {
    await everywhere(({ client }) => client.config('SET', 'cluster-require-full-coverage', coverage))
    await until(worksEverywhere)
    const lostKeys = new Set<string>()
    for (const key of keys) if ((await cluster.primaryOf(`akr:${key}`)) === lost) lostKeys.add(key)
    const noise = watchMachineNoise()
    await lose()
    const startMs = performance.now()
    const outcomes = { unexpected: 0, refusedElsewhere: 0, refused: 0, counted: 0 }
    let slowestMs = 0
    await until(async () => {
      const roundMs = performance.now()
      const results = await countAll()
      slowestMs = Math.max(slowestMs, performance.now() - roundMs)
      for (const [i, result] of results.entries()) {
        if (result.status === 'fulfilled') outcomes.counted++
        else if (!(result.reason instanceof CacheUnavailableError)) outcomes.unexpected++
        else if (lostKeys.has(keys[i] as string)) outcomes.refused++
        else outcomes.refusedElsewhere++
      }
      return outcomes.refused > 0 && results.every(({ status }) => status === 'fulfilled')
    }, 30_000)
    const backMs = performance.now() - startMs
    const noiseMs = noise.stop() * 10
    expect(outcomes.unexpected).toBe(0)
    // A healthy node may take longer than its 50 ms on a busy machine, and is back at once.
    if (coverage === 'no') expect(outcomes.refusedElsewhere / outcomes.counted).toBeLessThan(0.1)
    expect(backMs).toBeLessThanOrEqual(2 * cluster.nodeTimeoutMs + ELECTION_MS + BACK_MS + noiseMs)
    // 300 calls, of which some wait for their 50 ms once.
    expect(slowestMs).toBeLessThanOrEqual(250 + noiseMs)
    await until(() => logger.events.length >= 2)
    expect(logger.events.slice(0, 2)).toEqual(['cache.unreachable', 'cache.reachable'])
  }

  test('a killed primary and CLUSTERDOWN: its replica takes over', async () => {
    const lost = await cluster.primaryOf('akr:key0')
    await survive(lost, 'yes', () => lost.server.kill())
    const heard: string[] = []
    cache.subscribe('news', (message) => heard.push(message), () => {}) // prettier-ignore
    await until(async () => {
      await cache.publish('news', 'x')
      return heard.length > 0
    })
    await lost.server.restart()
    await cluster.ready()
    await until(worksEverywhere)
  }, 60_000)

  test('a frozen primary: the others go on, and when it comes back as a replica nobody is misled', async () => {
    const lost = await cluster.primaryOf('akr:key0')
    await survive(lost, 'no', async () => lost.server.freeze())
    lost.server.thaw()
    await cluster.ready()
    await until(worksEverywhere)
  }, 60_000)
})
