// What the management plane may ask of the running data plane.
import type { KeyStatus } from '../domain/upstream-key.ts'

export interface LiveConfiguration {
  /** Loads what is stored and puts it in force; resolves when requests of this process see it. */
  refresh(): Promise<void>
}

export interface LiveKeys {
  /** The state in force, which may be newer than the stored one; undefined for a key the data plane does not know. */
  statusOf(keyId: string): KeyStatus | undefined
  lastUsedAtMs(keyId: string): number | undefined
}

export interface ProbeResult {
  readonly ok: boolean
  /** HTTP status of the vendor; undefined when none came. */
  readonly status: number | undefined
  readonly latencyMs: number
  /** Short: `200`, `401 invalid_api_key`, `connect refused`. */
  readonly reason: string
  /** The vendor's own words, at most 300 characters, scanned for the key. */
  readonly message: string
}

export interface KeyProber {
  /** Sends the adapter's cheapest call with this key, outside rotation, and settles its outcome. */
  probe(keyId: string): Promise<ProbeResult>
}
