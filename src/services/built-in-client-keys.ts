// Client keys that nobody stored: those of GLOBAL_PROXY_KEYS and, while it is open to everybody on this machine, the demo's.
import type { ClientKey } from '../domain/client-key.ts'
import { createMask } from '../domain/masking.ts'
import type { Secret } from '../domain/secret.ts'
import type { Digester } from '../ports/key-vault.ts'

/** What a person types to try the demo upstreams; worth nothing anywhere else. */
export const DEMO_CLIENT_KEY = 'demo'

export function createGlobalClientKeys(keys: readonly Secret[], digester: Digester, nowMs: number): ClientKey[] {
  return keys.map((key, index) => ({
    ...blank(nowMs),
    id: `cli_global_${index + 1}`,
    name: `global key ${index + 1}`,
    source: 'global',
    digest: digester.clientKeyDigest(key.reveal()),
    masked: createMask(key.reveal(), []),
    upstreams: undefined,
  }))
}

export function createDemoClientKey(slugs: readonly string[], digester: Digester, nowMs: number): ClientKey {
  return {
    ...blank(nowMs),
    id: 'cli_demo',
    name: 'demo',
    source: 'demo',
    digest: digester.clientKeyDigest(DEMO_CLIENT_KEY),
    masked: DEMO_CLIENT_KEY,
    upstreams: slugs,
  }
}

function blank(nowMs: number): Omit<ClientKey, 'id' | 'name' | 'source' | 'digest' | 'masked' | 'upstreams'> {
  return {
    limits: undefined,
    expiresAtMs: undefined,
    revokedAtMs: undefined,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    lastUsedAtMs: undefined,
    previousDigest: undefined,
    previousUntilMs: undefined,
  }
}
