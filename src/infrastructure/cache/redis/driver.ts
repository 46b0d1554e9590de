// The driver of `redis:` caches: opens even when the server is away, and refuses one that would lose what it is told to keep.
import { readFileSync } from 'node:fs'
import type { ConnectionOptions } from 'node:tls'
import { StartupError } from '../../../errors.ts'
import { limits } from '../../../limits.ts'
import type { CacheDeps, CacheDriver } from '../../catalog.ts'
import { Subscriber } from './broadcast.ts'
import { type Client, openClient } from './client.ts'
import { RedisConnection } from './connection.ts'
import { inspectServer } from './inspection.ts'
import type { Link } from './link.ts'
import { parseRedisUrl, type RedisOptions } from './options.ts'
import { Pace } from './pace.ts'
import { Reachability } from './reachability.ts'
import { RedisCache } from './redis-cache.ts'
import { refusalOf } from './replies.ts'
import { SingleTopology, type Topology, type TopologyDeps } from './topology.ts'

export const redis: CacheDriver = {
  schemes: ['redis', 'rediss'],
  open: async (url, deps) => {
    const options = parseRedisUrl(url)
    const opening = new Opening(options, readTls(options), deps)
    await opening.settle()
    return opening.cache
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
  #finish: (problem?: string) => void = () => {}

  constructor(options: RedisOptions, tls: ConnectionOptions | undefined, deps: CacheDeps) {
    this.#deps = deps
    this.#reachability = new Reachability(deps.logger)
    const pace = new Pace(deps)
    const { keyPrefix } = options
    this.#topology = createTopology(options, tls, {
      ...{ clock: deps.clock, random: deps.random, pace, keyPrefix },
      onUp: (server, link, isNew) => void this.#reached(server, link, isNew),
      onDown: (server, reason) => this.#lost(server, reason),
    })
    this.#subscriber = new Subscriber({
      ...{ keyPrefix, pace, logger: deps.logger },
      connect: () => this.#topology.connectApart(),
      isUp: () => this.#topology.anyLink() !== undefined,
    })
    this.cache = new RedisCache({ connection: new RedisConnection({ topology: this.#topology, keyPrefix }), subscriber: this.#subscriber })
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

  async #reached(server: string, link: Link, isNew: boolean): Promise<void> {
    this.#reachability.up(server)
    if (isNew && this.#topology.hasOneServer) this.#subscriber.renew()
    else this.#subscriber.wake()
    if (!isNew) return
    const findings = await inspectServer(link, this.#deps.clock).catch(() => undefined)
    for (const warning of findings?.warnings ?? []) this.#deps.logger?.warn('cache.warning', `Redis at ${server} ${warning}`, { address: server })
    this.#report(server, findings?.problem)
  }

  #lost(server: string, reason: unknown): void {
    this.#reachability.down(server, reason)
    if (this.#isStarting) this.#report(server, refusalOf(reason))
  }

  #report(server: string, problem: string | undefined): void {
    const text = problem === undefined ? undefined : `Redis at ${server} ${problem}`
    if (this.#isStarting) this.#finish(text)
    else if (text !== undefined) this.#deps.logger?.error('cache.unsuitable', text, { address: server })
  }
}

function createTopology(options: RedisOptions, tls: ConnectionOptions | undefined, deps: TopologyDeps): Topology {
  const [address] = options.addresses
  const connect = (): Promise<Client> => openClient(address, { login: options.login, database: options.database, tls })
  return new SingleTopology(`${address.host}:${address.port}`, connect, deps)
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
