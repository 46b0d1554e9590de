// Everything that is sent to Redis goes through here: commands and scripts by key, over whatever servers there are.
import { CacheUnavailableError } from '../../../ports/cache.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { Link } from './link.ts'
import { RedisReplyError } from './replies.ts'
import type { RedisScript } from './scripts.ts'
import type { Topology } from './topology.ts'

export interface RedisConnectionDeps {
  readonly topology: Topology
  readonly keyPrefix: string
  readonly clock: Clock
  /** Told how long each command took, and scripts by their names. */
  readonly observe?: ((operation: string, durationMs: number) => void) | undefined
}

export class RedisConnection {
  readonly #topology: Topology
  readonly #keyPrefix: string
  readonly #clock: Clock
  readonly #observe: RedisConnectionDeps['observe']
  #isClosed = false

  constructor(deps: RedisConnectionDeps) {
    this.#clock = deps.clock
    this.#observe = deps.observe
    this.#topology = deps.topology
    this.#keyPrefix = deps.keyPrefix
  }

  /**
   * Runs a script atomically. Calls of one turn of the event loop go out together.
   * @param keys without the prefix; in a Cluster they must share one `{…}` part
   * @returns numbers and strings as Redis gives them, nil as null
   * @throws CacheUnavailableError
   */
  run(script: RedisScript, keys: readonly [string, ...string[]], args: readonly (string | number)[]): Promise<unknown> {
    return this.#timed(script.name, () => this.#run(script, keys, args))
  }

  /** @param key without the prefix, put right after the name. @throws CacheUnavailableError */
  command(name: string, key: string, ...args: string[]): Promise<unknown> {
    const full = this.#keyPrefix + key
    return this.#timed(name, () => this.#send(full, name, [full, ...args]))
  }

  /** @param name the channel, without the prefix. @throws CacheUnavailableError */
  async publish(name: string, message: string): Promise<void> {
    await this.#timed('publish', () => this.#linkOrThrow(this.#topology.anyLink()).send('publish', [this.#keyPrefix + name, message]))
  }

  /** @throws CacheUnavailableError */
  async ping(): Promise<void> {
    await this.#timed('ping', () => this.#linkOrThrow(this.#topology.anyLink()).send('ping', []))
  }

  close(): void {
    this.#isClosed = true
    this.#topology.close()
  }

  async #run(script: RedisScript, keys: readonly [string, ...string[]], args: readonly (string | number)[]): Promise<unknown> {
    const full = keys.map((key) => this.#keyPrefix + key)
    const rest = [String(keys.length), ...full, ...args.map(String)]
    const first = full[0] as string
    try {
      return await this.#send(first, 'evalsha', [script.sha1, ...rest])
    } catch (error) {
      if (!(error instanceof RedisReplyError) || error.code !== 'NOSCRIPT') throw error
      return this.#send(first, 'eval', [script.lua, ...rest])
    }
  }

  async #timed(operation: string, send: () => Promise<unknown>): Promise<unknown> {
    const startedAtMs = this.#clock.monotonicMs()
    try {
      return await send()
    } finally {
      this.#observe?.(operation, this.#clock.monotonicMs() - startedAtMs)
    }
  }

  async #send(key: string, name: string, args: readonly string[]): Promise<unknown> {
    try {
      return await this.#linkOrThrow(this.#topology.linkOf(key)).send(name, args)
    } catch (error) {
      // The command was not carried out, and the server says where it would be: one more call, never a second one.
      const target = error instanceof RedisReplyError ? this.#topology.redirect(error) : undefined
      if (target === undefined) throw error
      if (target.isAsking) target.link.send('asking', []).catch(() => {})
      return target.link.send(name, args)
    }
  }

  #linkOrThrow(link: Link | undefined): Link {
    if (this.#isClosed) throw new CacheUnavailableError('The Redis cache is closed')
    if (link === undefined) throw new CacheUnavailableError('Redis is out of reach')
    return link
  }
}
