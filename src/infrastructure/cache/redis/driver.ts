// The driver of `redis:` caches: opens even when the server is away, and refuses one that would lose what it is told to keep.
import { readFileSync } from 'node:fs'
import type { ConnectionOptions } from 'node:tls'
import { StartupError } from '../../../errors.ts'
import { limits } from '../../../limits.ts'
import type { CacheDeps, CacheDriver } from '../../catalog.ts'
import { Subscriber } from './broadcast.ts'
import { type Client, openClient } from './client.ts'
import { ClusterTopology } from './cluster.ts'
import { RedisConnection } from './connection.ts'
import { examineRedis } from './diagnostics.ts'
import { inspectServer } from './inspection.ts'
import type { Link } from './link.ts'
import { parseRedisUrl, type RedisOptions } from './options.ts'
import { Pace } from './pace.ts'
import { Reachability } from './reachability.ts'
import { RedisCache } from './redis-cache.ts'
import { refusalOf } from './replies.ts'
import { findPrimary } from './sentinel.ts'
import { SingleTopology, type Topology, type TopologyDeps } from './topology.ts'

export const redis: CacheDriver = {
  schemes: ['redis', 'rediss', 'redis+sentinel', 'rediss+sentinel', 'redis+cluster', 'rediss+cluster'],
  open: async (url, deps) => {
    const options = parseRedisUrl(url)
    const opening = new Opening(options, readTls(options), deps)
    await opening.settle()
    return opening.cache
  },
  examine: async (url, { clock }) => {
    const options = parseRedisUrl(url)
    return examineRedis(options, readTls(options), clock)
  },
}

/** The parts of one cache, and the look at each server when it is reached. Until `settle` has ended, what is wrong there stops the start. */
class Opening {
  readonly cache: RedisCache
  readonly #deps: CacheDeps
  readonly #reachability: Reachability
  readonly #subscriber: Subscriber
  readonly #topology: Topology
  #isStarting = true
  #isReached = false
  #inspections = 0
  #finish: (problem?: string) => void = () => {}

  constructor(options: RedisOptions, tls: ConnectionOptions | undefined, deps: CacheDeps) {
    this.#deps = deps
    this.#reachability = new Reachability(deps.logger)
    const pace = new Pace(deps)
    const { keyPrefix, commandTimeoutMs } = options
    this.#topology = createTopology(options, tls, {
      ...{ clock: deps.clock, random: deps.random, pace, keyPrefix, commandTimeoutMs },
      onConnect: (server, link) => void this.#inspect(server, link),
      onUp: (server) => this.#reached(server),
      onDown: (server, reason) => this.#lost(server, reason),
    })
    this.#subscriber = new Subscriber({
      ...{ keyPrefix, pace, logger: deps.logger },
      connect: () => this.#topology.connectApart(),
      isUp: () => this.#topology.anyLink() !== undefined,
    })
    this.cache = new RedisCache({ connection: new RedisConnection({ topology: this.#topology, keyPrefix, clock: deps.clock, observe: deps.observeCommand }), subscriber: this.#subscriber })
  }

  /** Waits for the first word about the server, but not for long. @throws StartupError 78 */
  async settle(): Promise<void> {
    const problem = await new Promise<string | undefined>((resolve) => {
      const timer = setTimeout(() => resolve(undefined), limits.cacheOpenWaitMs)
      this.#finish = (problem) => {
        clearTimeout(timer)
        resolve(problem)
      }
      this.#topology.start()
    })
    this.#isStarting = false
    if (problem === undefined) return
    await this.cache.close()
    throw new StartupError(78, problem)
  }

  async #inspect(server: string, link: Link): Promise<void> {
    if (this.#topology.hasOneServer) this.#subscriber.renew()
    this.#inspections++
    const findings = await inspectServer(link, this.#deps.clock).catch(() => undefined)
    this.#inspections--
    for (const warning of findings?.warnings ?? []) this.#deps.logger?.warn('cache.warning', `Redis at ${server} ${warning}`, { address: server })
    if (findings?.problem !== undefined) this.#refuse(server, findings.problem)
    this.#finishWhenReached()
  }

  #reached(server: string): void {
    this.#isReached = true
    this.#reachability.up(server)
    this.#subscriber.wake()
    this.#finishWhenReached()
  }

  #lost(server: string, reason: unknown): void {
    this.#isReached = false
    const refusal = refusalOf(reason)
    if (this.#isStarting && refusal !== undefined) return this.#refuse(server, refusal)
    this.#reachability.down(server, reason)
    this.#finish()
  }

  #finishWhenReached(): void {
    if (this.#isReached && this.#inspections === 0) this.#finish()
  }

  #refuse(server: string, problem: string): void {
    const text = `Redis at ${server} ${problem}`
    if (this.#isStarting) this.#finish(text)
    else this.#deps.logger?.error('cache.unsuitable', text, { address: server })
  }
}

function createTopology(options: RedisOptions, tls: ConnectionOptions | undefined, deps: TopologyDeps): Topology {
  const client = { login: options.login, database: options.database, tls }
  if (options.mode === 'cluster') return new ClusterTopology(options, client, deps)
  const [address] = options.addresses
  if (options.mode === 'single') return new SingleTopology(`${address.host}:${address.port}`, () => openClient(address, client), deps)
  const connect = async (): Promise<Client> => openClient(await findPrimary(options, tls), client)
  return new SingleTopology(options.primaryName, connect, deps)
}

/** @throws StartupError 78 */
function readTls(options: RedisOptions): ConnectionOptions | undefined {
  if (!options.isTls) {
    if (options.caFile !== undefined) throw new StartupError(78, 'CACHE_URL: caFile is for TLS. Write rediss:// instead of redis://, or set REDIS_TLS=true.')
    return undefined
  }
  if (options.caFile === undefined) return {}
  try {
    return { ca: readFileSync(options.caFile, 'utf8') }
  } catch (error) {
    throw new StartupError(
      78,
      `CACHE_URL: the file of caFile, ${options.caFile}, cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'}).`,
    )
  }
}
