// What the management plane needs to know about an adapter; every Adapter has these fields.
import type { Dialect } from '../domain/dialect.ts'
import type { KeyPlacement, UpstreamKind } from '../domain/upstream.ts'

export interface AdapterFacts {
  readonly name: string
  readonly title: string
  readonly kind: UpstreamKind
  readonly dialect: Dialect
  readonly defaultBaseUrl: string | undefined
  readonly keyPlacement: KeyPlacement
  readonly keyPattern: RegExp | undefined
  /** Prefixes that every key of the vendor has; only they may be shown in masks. */
  readonly keyPrefixes: readonly string[]
}
