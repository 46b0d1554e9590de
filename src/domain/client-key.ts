// The credential that a client presents to the gateway.
import type { Budget } from './budget.ts'
import type { ClientLimits } from './client-limits.ts'

export interface ClientKey {
  readonly id: string
  readonly name: string
  /** `issued` by this gateway (`sk-akr-…`), `global` from GLOBAL_PROXY_KEYS, `demo` for the built-in demo upstreams. */
  readonly source: 'issued' | 'global' | 'demo'
  /** Lower-case hex HMAC-SHA-256(pepper, key). */
  readonly digest: string
  /** Prefix and last 4, for people. */
  readonly masked: string
  /** Slugs it may use; undefined = all. */
  readonly upstreams: readonly string[] | undefined
  /** Models it may ask LLM upstreams for, as names or globs; undefined = all. */
  readonly models?: readonly string[] | undefined
  /** CIDRs from which it may be used; undefined = all. */
  readonly networks?: readonly string[] | undefined
  /** undefined = none at all, as for every key that was not issued. */
  readonly limits: ClientLimits | undefined
  /** undefined = unlimited. */
  readonly budget?: Budget | undefined
  readonly expiresAtMs: number | undefined
  /** Set when revoked by a person; the row stays so that the client gets `client_key_revoked`. */
  readonly revokedAtMs: number | undefined
  readonly createdAtMs: number
  readonly updatedAtMs: number
  readonly lastUsedAtMs: number | undefined
  /** The digest that a roll replaced, still valid until `previousUntilMs`. */
  readonly previousDigest: string | undefined
  readonly previousUntilMs: number | undefined
  /** The account that it belongs to; undefined = the gateway's own. */
  readonly accountId?: string | undefined
}
