// Owns the acceptance rows DEP-07 and DEP-08: a slow network to Redis and to the database, and both of them flapping.
import { until } from '../support/until.ts'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { openFaultProxy, type FaultProxy } from '../support/fault-proxy.ts'
import { describeWith } from '../support/servers/required.ts'
import { startRedis } from '../support/servers/redis.ts'
import { expectManagementBack, openStand, type Kind, type Stand } from './dep-stand.ts'

const LATENCY_MS = 200
/** The row allows this beside the baseline. */
const EXTRA_MS = 60
const FLAP_MS = 2_000
/** The row names five minutes; a leak per flap or a storm shows in the first ones. */
const FLAPS = 3
const ATTEMPTS_PER_SECOND = 2
const CONNECTIONS_MAX = 16
const KIND_OF_LATENCY: Kind = 'postgres'

describeWith('redis', 'with Redis', () => {
  describeWith('mariadb', 'mariadb', () => defineFlapping('mariadb'))
  describeWith('postgres', 'postgres', () => {
    defineLatency()
    defineFlapping('postgres')
  })
})

interface Network {
  readonly stand: Stand
  readonly redis: FaultProxy
  readonly database: FaultProxy
  close(): Promise<void>
}

/** One replica that reaches Redis and its database through proxies. */
async function openNetwork(kind: Kind): Promise<Network> {
  const server = await startRedis()
  const redis = await openFaultProxy({ port: server.port })
  const stand = await openStand(kind, 0, { CACHE_URL: `redis://127.0.0.1:${redis.port}/0` })
  const database = await openFaultProxy({ port: stand.server.port })
  await stand.start({ DATABASE_URL: (stand.env.DATABASE_URL ?? '').replace(`:${stand.server.port}/`, `:${database.port}/`) })
  await stand.configure()
  const close = async (): Promise<void> => {
    await stand.close()
    await Promise.all([redis.close(), database.close(), server.stop()])
  }
  return { stand, redis, database, close }
}

function defineLatency(): void {
  let network: Network
  beforeAll(async () => {
    network = await openNetwork(KIND_OF_LATENCY)
  }, 60_000)
  afterAll(() => network?.close(), 30_000)

  test('DEP-07 200 ms to Redis, then to the database: requests do not feel it', async () => {
    const { stand, redis, database } = network
    const measure = async (): Promise<{ p99Ms: number; noiseMs: number }> => {
      const load = stand.startLoad()
      await pause(4_000)
      const { failures, ...figures } = await load.stop()
      expect(failures).toEqual([])
      return figures
    }
    const baseline = await measure()
    for (const proxy of [redis, database]) {
      await proxy.switch({ mode: 'latency', ms: LATENCY_MS, jitterMs: 50 })
      const { p99Ms, noiseMs } = await measure()
      expect(p99Ms).toBeLessThanOrEqual(baseline.p99Ms + EXTRA_MS + noiseMs)
      await proxy.switch({ mode: 'pass' })
    }
  }, 60_000)
}

function defineFlapping(kind: Kind): void {
  let network: Network
  beforeAll(async () => {
    network = await openNetwork(kind)
  }, 60_000)
  afterAll(() => network?.close(), 30_000)

  test('DEP-08 both are there and away in turns: no storm, no leak, nothing fails', async () => {
    const { stand, redis, database } = network
    const [gateway] = stand.gateways as [(typeof stand.gateways)[0]]
    const load = stand.startLoad()
    for (let flap = 0; flap < FLAPS; flap++) {
      await stand.server.kill()
      await redis.switch({ mode: 'refuse' })
      // Until it is noticed, everybody who needs the database may try once; after that the attempts are counted.
      await until(() => gateway.child.output.split('"event":"database.away"').length - 1 > flap)
      await pause(200)
      const attempts = database.accepted
      await pause(FLAP_MS)
      expect(database.accepted - attempts).toBeLessThanOrEqual(ATTEMPTS_PER_SECOND * (FLAP_MS / 1_000) + 1)
      await redis.switch({ mode: 'pass' })
      await stand.server.restart()
      await pause(FLAP_MS)
    }
    await expectManagementBack([gateway], performance.now())
    expect((await load.stop()).failures).toEqual([])
    expect(database.openConnections / 2).toBeLessThanOrEqual(CONNECTIONS_MAX)
  }, 90_000)
}
