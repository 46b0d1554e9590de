// Owns a real Redis with Sentinel for tests: one primary, one replica, three sentinels, five processes.
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { until } from '../until.ts'
import { getBinary } from './find-server.ts'
import { startRedis } from './redis.ts'
import { startServer, type RunningServer } from './server-process.ts'

const PRIMARY_NAME = 'akr-primary'
const SENTINELS = 3
const QUORUM = 2
/** ms until a silent primary counts as failed; small, for tests. */
const DOWN_AFTER_MS = 1_000
const READY_MS = 30_000

export interface RunningRedisSentinel {
  /** `redis+sentinel://…` with all sentinels. */
  readonly url: string
  readonly downAfterMs: number
  readonly sentinels: readonly RunningServer[]
  /** Both Redis servers; who is the primary changes. */
  readonly servers: readonly RunningServer[]
  /** As the sentinels see it. */
  primary(): Promise<RunningServer>
  /** Whether everybody knows everybody, so that another primary could be elected. */
  settled(): Promise<boolean>
  stop(): Promise<void>
}

export async function startRedisSentinel(options: { password?: string } = {}): Promise<RunningRedisSentinel> {
  const { password } = options
  const config = { 'repl-diskless-sync-delay': '0', appendonly: 'no', ...(password && { masterauth: password }) }
  const running: RunningServer[] = []
  const clients: Redis[] = []
  const stop = async (): Promise<void> => {
    for (const client of clients) client.disconnect()
    // Killed: one that has just become somebody's replica may refuse to end.
    await Promise.all(running.map((server) => server.kill().then(() => server.stop())))
  }
  try {
    const first = await startRedis({ config, ...(password && { password }) })
    running.push(first)
    const replica = await startRedis({ config: { ...config, replicaof: `127.0.0.1 ${first.port}` }, ...(password && { password }) })
    running.push(replica)
    for (let i = 0; i < SENTINELS; i++) running.push(await startSentinel(first.port, password))
    const sentinels = running.slice(2)
    for (const { port } of sentinels) {
      const client = new Redis({ port, host: '127.0.0.1', retryStrategy: () => 20 })
      client.on('error', () => {})
      clients.push(client)
    }
    const settled = async (): Promise<boolean> => (await Promise.all(clients.map(knowsAll))).every(Boolean)
    await until(settled, READY_MS)
    const primary = async (): Promise<RunningServer> => {
      const [, port] = (await clients[0]?.call('SENTINEL', 'get-master-addr-by-name', PRIMARY_NAME)) as [string, string]
      return running.find((server) => server.port === Number(port)) as RunningServer
    }
    const login = password === undefined ? '' : `:${password}@`
    const hosts = sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')
    const url = `redis+sentinel://${login}${hosts}/${PRIMARY_NAME}/0`
    return { url, downAfterMs: DOWN_AFTER_MS, sentinels, servers: [first, replica], primary, settled, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

function startSentinel(primaryPort: number, password: string | undefined): Promise<RunningServer> {
  const lines = [
    `sentinel monitor ${PRIMARY_NAME} 127.0.0.1 ${primaryPort} ${QUORUM}`,
    `sentinel down-after-milliseconds ${PRIMARY_NAME} ${DOWN_AFTER_MS}`,
    `sentinel failover-timeout ${PRIMARY_NAME} 5000`,
    ...(password === undefined ? [] : [`sentinel auth-pass ${PRIMARY_NAME} ${password}`]),
  ]
  return startServer({
    server: 'redis',
    prepare: async (folder) => {
      writeFileSync(join(folder, 'sentinel.conf'), lines.join('\n') + '\n')
      // A sentinel writes down what it learns.
      chmodSync(join(folder, 'sentinel.conf'), 0o666)
    },
    command: (folder, port) => [
      getBinary('redis-server'),
      join(folder, 'sentinel.conf'),
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--dir',
      folder,
      '--sentinel',
    ],
    container: { image: 'redis:7', portInside: 26379, environment: {}, args: [] },
    probe: async (port) => {
      const client = new Redis({ port, host: '127.0.0.1', lazyConnect: true, retryStrategy: null })
      client.on('error', () => {})
      try {
        await client.connect()
        await client.ping()
      } finally {
        client.disconnect()
      }
    },
  })
}

/** One replica that may be promoted, and the other sentinels: without them there is no election. */
async function knowsAll(client: Redis): Promise<boolean> {
  try {
    const fields = (await client.call('SENTINEL', 'master', PRIMARY_NAME)) as string[]
    const valueOf = (name: string): string | undefined => fields[fields.indexOf(name) + 1]
    const [replica = []] = (await client.call('SENTINEL', 'replicas', PRIMARY_NAME)) as string[][]
    const isLinked = replica[replica.indexOf('master-link-status') + 1] === 'ok'
    return isLinked && valueOf('num-slaves') === '1' && valueOf('num-other-sentinels') === String(SENTINELS - 1) && valueOf('flags') === 'master'
  } catch {
    return false
  }
}
