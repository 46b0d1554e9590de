// Complete rows for tests of the store; each call may change what matters to it.
import { createId } from '../../src/domain/id.ts'
import type { Account } from '../../src/domain/account.ts'
import type { ClientKey } from '../../src/domain/client-key.ts'
import type { Route } from '../../src/domain/route.ts'
import type { Upstream } from '../../src/domain/upstream.ts'
import { systemRandom } from '../../src/infrastructure/system.ts'
import type { KeyEvent, SealedUpstreamKey, StoredUser } from '../../src/ports/store.ts'

const BORN_MS = Date.UTC(2026, 0, 1)
let made = 0

/** An id later than every id before. */
export function nextId(prefix: string): string {
  return createId(prefix, BORN_MS + ++made, systemRandom.bytes(10))
}

export function anUpstream(changes: Partial<Upstream> = {}): Upstream {
  const id = changes.id ?? nextId('ups')
  return {
    id,
    slug: `slug-${made}`,
    name: 'An upstream',
    kind: 'llm',
    adapter: 'openai',
    targets: [{ url: 'https://api.example.com/v1', weight: 1 }],
    balance: 'round_robin',
    healthCheck: undefined,
    circuitBreaker: undefined,
    keyPlacement: { location: 'header', name: 'authorization', prefix: 'Bearer ' },
    enabled: true,
    strategy: 'round_robin',
    maxAttempts: 3,
    timeouts: { connectMs: 1_000 },
    retryAmbiguous: false,
    managedBy: 'person',
    createdAtMs: BORN_MS,
    updatedAtMs: BORN_MS,
    ...changes,
  }
}

export function aKey(upstreamId: string, changes: Partial<SealedUpstreamKey> = {}): SealedUpstreamKey {
  const id = changes.id ?? nextId('key')
  return {
    id,
    upstreamId,
    label: '',
    weight: 1,
    tier: 0,
    quotaGroup: '',
    limits: {},
    masked: 'sk-…a91f',
    fingerprint: '0123456789ab',
    status: { state: 'ready', reason: '', untilMs: undefined, changedAtMs: BORN_MS },
    createdAtMs: BORN_MS,
    updatedAtMs: BORN_MS,
    lastUsedAtMs: undefined,
    sealedValue: `v1.sealed.${id}`,
    valueDigest: `digest-${id}`,
    ...changes,
  }
}

export function aRoute(changes: Partial<Route> = {}): Route {
  const id = changes.id ?? nextId('rte')
  return {
    id,
    name: 'A route',
    enabled: true,
    priority: 0,
    mode: 'enforce',
    match: { path: `/route-${made}` },
    action: { type: 'deny', status: 403, message: 'No.' },
    rewrite: undefined,
    requiresClientKey: false,
    rateLimit: undefined,
    timeoutMs: undefined,
    createdAtMs: BORN_MS,
    updatedAtMs: BORN_MS,
    ...changes,
  }
}

export function aClientKey(changes: Partial<ClientKey> = {}): ClientKey {
  const id = changes.id ?? nextId('cli')
  return {
    id,
    name: 'A client',
    source: 'issued',
    digest: `digest-${id}`,
    masked: 'sk-akr-…a91f',
    upstreams: undefined,
    models: undefined,
    networks: undefined,
    limits: undefined,
    expiresAtMs: undefined,
    revokedAtMs: undefined,
    createdAtMs: BORN_MS,
    updatedAtMs: BORN_MS,
    lastUsedAtMs: undefined,
    previousDigest: undefined,
    previousUntilMs: undefined,
    ...changes,
  }
}

export function anAccount(changes: Partial<Account> = {}): Account {
  const id = changes.id ?? nextId('acc')
  return {
    id,
    name: `account-${made}`,
    enabled: true,
    priority: 0,
    verificationEnabled: false,
    limits: undefined,
    bindings: undefined,
    createdAtMs: BORN_MS,
    updatedAtMs: BORN_MS,
    ...changes,
  }
}

export function aUser(changes: Partial<StoredUser> = {}): StoredUser {
  const id = changes.id ?? nextId('usr')
  return {
    id,
    username: `user-${made}`,
    role: 'admin',
    enabled: true,
    tokenVersion: 1,
    createdAtMs: BORN_MS,
    updatedAtMs: BORN_MS,
    passwordHash: '$argon2id$…',
    ...changes,
  }
}

export function aKeyEvent(keyId: string, changes: Partial<KeyEvent> = {}): KeyEvent {
  return { keyId, atMs: BORN_MS, from: 'ready', to: 'cooling', reason: '429', actor: 'gateway', untilMs: BORN_MS + 1_000, ...changes }
}
