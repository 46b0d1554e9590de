// What is known of a vendor without speaking to it: the part of an adapter that management and the store need.
import type { Dialect } from './dialect.ts'
import type { KeyPlacement, UpstreamKind } from './upstream.ts'

export interface AdapterFacts {
  /** Stored in upstream rows; kebab-case, never changed once released. */
  readonly name: string
  /** For people. */
  readonly title: string
  readonly kind: UpstreamKind
  /** In whose words the gateway's own errors are written for clients of this upstream. */
  readonly dialect: Dialect
  /** Offered when an upstream is created; undefined when the person must give one. Without a trailing slash. */
  readonly defaultBaseUrl: string | undefined
  /** Default placement of the pool's key; the upstream row may override it. */
  readonly keyPlacement: KeyPlacement
  /** What this vendor's keys look like, anchored; undefined when unknown. Used for import hints and `upstream_key_sent`. */
  readonly keyPattern: RegExp | undefined
  /** Fixed prefixes that may be shown in masks because every key of the vendor has them, longest first, e.g. `sk-proj-`. */
  readonly keyPrefixes: readonly string[]
}
