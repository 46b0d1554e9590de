// Owns a real Redis Cluster for tests: three primaries with a replica each, six processes.
import { Redis } from 'ioredis'
import { until } from '../until.ts'
import { startRedis } from './redis.ts'
import type { RunningServer } from './server-process.ts'

const PRIMARIES = 3
const SLOTS = 16_384
/** ms until a silent node counts as failed; small, for tests. */
const NODE_TIMEOUT_MS = 1_000
const READY_MS = 30_000
/** The port of the bus between the nodes is this much above that of the clients. */
const BUS_OFFSET = 10_000

export interface ClusterNode {
  readonly server: RunningServer
  /** Waits as long as it takes; speaks to this node only. */
  readonly client: Redis
}

export interface RunningRedisCluster {
  /** `redis+cluster://…` with three of the nodes. */
  readonly url: string
  readonly nodeTimeoutMs: number
  readonly nodes: readonly ClusterNode[]
  /** The node that has this key now. */
  primaryOf(key: string): Promise<ClusterNode>
  /** Resolves when every slot is served and every living node agrees. */
  ready(): Promise<void>
  stop(): Promise<void>
}

export async function startRedisCluster(): Promise<RunningRedisCluster> {
  const config = {
    'cluster-enabled': 'yes',
    'cluster-node-timeout': String(NODE_TIMEOUT_MS),
    'cluster-replica-validity-factor': '0',
    'repl-diskless-sync-delay': '0',
  }
  const nodes: ClusterNode[] = []
  const stop = async (): Promise<void> => {
    for (const { client } of nodes) client.disconnect()
    // Killed: one that has just become somebody's replica may refuse to end.
    await Promise.all(nodes.map(({ server }) => server.kill().then(() => server.stop())))
  }
  const ready = (): Promise<void> => until(async () => (await Promise.all(nodes.filter(isAlive).map(isReady))).every(Boolean), READY_MS)
  const primaryOf = async (key: string): Promise<ClusterNode> => {
    const [first] = nodes.filter(isAlive) as [ClusterNode]
    const slot = await first.client.cluster('KEYSLOT', key)
    const ranges = (await first.client.call('CLUSTER', 'SLOTS')) as [number, number, [string, number]][]
    const port = ranges.find(([from, to]) => from <= slot && slot <= to)?.[2][1]
    return nodes.find(({ server }) => server.port === port) as ClusterNode
  }
  try {
    for (let i = 0; i < 2 * PRIMARIES; i++) nodes.push(await startNode(config))
    await join(nodes)
    await ready()
  } catch (error) {
    await stop()
    throw error
  }
  const url = `redis+cluster://${nodes
    .slice(0, PRIMARIES)
    .map(({ server }) => `127.0.0.1:${server.port}`)
    .join(',')}`
  return { url, nodeTimeoutMs: NODE_TIMEOUT_MS, nodes, primaryOf, ready, stop }
}

async function startNode(config: Record<string, string>): Promise<ClusterNode> {
  // The bus needs a second port, which must exist.
  for (;;) {
    const server = await startRedis({ config })
    if (server.port + BUS_OFFSET <= 65_535) {
      const client = new Redis({ port: server.port, host: '127.0.0.1', retryStrategy: () => 20, maxRetriesPerRequest: 0 })
      client.on('error', () => {})
      return { server, client }
    }
    await server.stop()
  }
}

async function join(nodes: readonly ClusterNode[]): Promise<void> {
  const [first] = nodes as [ClusterNode, ...ClusterNode[]]
  for (const [i, { client }] of nodes.entries()) {
    if (i > 0) await client.cluster('MEET', '127.0.0.1', first.server.port)
    if (i < PRIMARIES) await client.cluster('ADDSLOTSRANGE', Math.ceil((i * SLOTS) / PRIMARIES), Math.ceil(((i + 1) * SLOTS) / PRIMARIES) - 1)
  }
  const ids = await Promise.all(nodes.map(async ({ client }) => String(await client.cluster('MYID'))))
  for (const [i, { client }] of nodes.entries()) {
    if (i < PRIMARIES) continue
    const primary = ids[i - PRIMARIES] as string
    // Refused until the replica has heard of its primary.
    await until(() => client.cluster('REPLICATE', primary).then(Boolean, () => false), READY_MS)
  }
}

function isAlive({ client }: ClusterNode): boolean {
  return client.status === 'ready'
}

async function isReady({ client }: ClusterNode): Promise<boolean> {
  try {
    const info = String(await client.cluster('INFO'))
    const links = (await client.info('replication')).match(/role:slave[\s\S]*master_link_status:(\w+)/)
    return /cluster_state:ok/.test(info) && /cluster_slots_ok:16384/.test(info) && /cluster_known_nodes:6/.test(info) && (links === null || links[1] === 'up')
  } catch {
    return false
  }
}
