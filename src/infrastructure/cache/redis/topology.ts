// Which server is asked for a key. One server here, found anew for each connection; a Cluster is in cluster.ts.
import type { Clock } from '../../../ports/clock.ts'
import type { Random } from '../../../ports/random.ts'
import type { Client } from './client.ts'
import { Link } from './link.ts'
import type { Pace } from './pace.ts'
import type { RedisReplyError } from './replies.ts'
import { incrementScript } from './scripts.ts'

export interface TopologyEvents {
  /** There is a new connection to a server, and commands go out over it. */
  onConnect(server: string, link: Link): void
  /** Every key is within reach. */
  onUp(server: string): void
  /** Some or all keys are not, or still not. */
  onDown(server: string, reason: unknown): void
}

export interface TopologyDeps extends TopologyEvents {
  readonly clock: Clock
  readonly random: Random
  readonly pace: Pace
  readonly keyPrefix: string
  readonly commandTimeoutMs: number
}

export interface Topology {
  start(): void
  /** The server of a key, prefix included; undefined when nobody is known to have it. */
  linkOf(key: string): Link | undefined
  /** Any server that answers. */
  anyLink(): Link | undefined
  /** Where an answer like MOVED sends the caller; undefined when nowhere. */
  redirect(error: RedisReplyError): { readonly link: Link; readonly isAsking: boolean } | undefined
  /** A connection apart, for messages. */
  connectApart(): Promise<Client>
  /** Whether messages need another connection when the commands have one: the server may be another one. */
  readonly hasOneServer: boolean
  close(): void
}

export class SingleTopology implements Topology {
  readonly hasOneServer = true
  readonly connectApart: () => Promise<Client>
  readonly #link: Link

  /** @param connect finds the server, too, when that can change */
  constructor(server: string, connect: () => Promise<Client>, deps: TopologyDeps) {
    this.connectApart = connect
    this.#link = new Link({
      pace: deps.pace,
      random: deps.random,
      commandTimeoutMs: deps.commandTimeoutMs,
      connect,
      probe: () => probeCommand(`${deps.keyPrefix}probe`),
      onUp: (isNew) => {
        if (isNew) deps.onConnect(server, this.#link)
        deps.onUp(server)
      },
      onDown: (reason) => deps.onDown(server, reason),
    })
  }

  start(): void {
    void this.#link.start()
  }

  linkOf(): Link {
    return this.#link
  }

  anyLink(): Link | undefined {
    return this.#link.isUp ? this.#link : undefined
  }

  redirect(): undefined {
    return undefined
  }

  close(): void {
    this.#link.close()
  }
}

/** Life of the probe's counter, ms. */
const PROBE_TTL_MS = 1_000

/** What callers need most: a script that writes. A server that is full, loading or a replica still answers PING. */
export function probeCommand(key: string): readonly [string, ...string[]] {
  return ['eval', incrementScript.lua, '1', key, String(PROBE_TTL_MS), '1']
}
