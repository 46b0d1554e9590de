// Optional companion of drivers: facts about a server that no request needs, for `akr doctor` and before a copy. Nothing is changed.

export interface ServerFacts {
  /** Product and version, for people: `MariaDB 10.11.6`. */
  readonly server: string
  /** One question and its answer, ms. */
  readonly latencyMs: number
  /** The server's clock minus ours, ms; undefined when it has none of its own. */
  readonly clockOffsetMs: number | undefined
  /** Anything else that helps a person: `utf8mb4`, `max_connections 200`. */
  readonly details: readonly string[]
  /** What should be changed, each a sentence that says how. */
  readonly advice: readonly Advice[]
}

export interface Advice {
  /** `fail`: the gateway will not do its work like this. */
  readonly status: 'warn' | 'fail'
  readonly text: string
}

export interface DatabaseFacts extends ServerFacts {
  /** Names of the migrations that it has; empty when no gateway has used it yet. */
  readonly applied: readonly string[]
  /** Names of those that the next start brings. */
  readonly pending: readonly string[]
}

export type CacheFacts = ServerFacts
