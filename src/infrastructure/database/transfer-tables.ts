// What a copy of a database carries: every table of the source of truth with its columns, or the reason why not.
import type { CoreSchema } from './schema.ts'

/** How a column is written into a digest, the same on every database. */
type ColumnKind = 'text' | 'integer'

type Columns<T extends keyof CoreSchema> = Readonly<Record<keyof CoreSchema[T] & string, ColumnKind>>

/** In the order of insertion: what is referred to comes before what refers to it. */
export const TRANSFER_TABLES = {
  settings: { name: 'text', value: 'text' },
  counters: { name: 'text', value: 'integer' },
  users: {
    id: 'text',
    username: 'text',
    username_key: 'text',
    role: 'text',
    enabled: 'integer',
    token_version: 'integer',
    password_hash: 'text',
    created_at_ms: 'integer',
    updated_at_ms: 'integer',
    account_id: 'text',
  },
  accounts: {
    id: 'text',
    name: 'text',
    enabled: 'integer',
    priority: 'integer',
    verification_enabled: 'integer',
    limits: 'text',
    bindings: 'text',
    created_at_ms: 'integer',
    updated_at_ms: 'integer',
    budget: 'text',
  },
  audit: {
    id: 'text',
    at_ms: 'integer',
    actor: 'text',
    actor_id: 'text',
    action: 'text',
    entity: 'text',
    entity_id: 'text',
    changes: 'text',
    request_id: 'text',
    network: 'text',
    previous_hash: 'text',
    hash: 'text',
  },
  client_keys: {
    id: 'text',
    name: 'text',
    source: 'text',
    digest: 'text',
    masked: 'text',
    upstreams: 'text',
    models: 'text',
    networks: 'text',
    limits: 'text',
    expires_at_ms: 'integer',
    revoked_at_ms: 'integer',
    created_at_ms: 'integer',
    updated_at_ms: 'integer',
    last_used_at_ms: 'integer',
    previous_digest: 'text',
    previous_until_ms: 'integer',
    account_id: 'text',
    budget: 'text',
  },
  upstreams: {
    id: 'text',
    slug: 'text',
    name: 'text',
    kind: 'text',
    adapter: 'text',
    targets: 'text',
    balance: 'text',
    health_check: 'text',
    circuit_breaker: 'text',
    key_placement: 'text',
    enabled: 'integer',
    strategy: 'text',
    max_attempts: 'integer',
    timeouts: 'text',
    retry_ambiguous: 'integer',
    managed_by: 'text',
    created_at_ms: 'integer',
    updated_at_ms: 'integer',
  },
  upstream_keys: {
    id: 'text',
    upstream_id: 'text',
    label: 'text',
    weight: 'integer',
    tier: 'integer',
    quota_group: 'text',
    limits: 'text',
    masked: 'text',
    fingerprint: 'text',
    sealed_value: 'text',
    value_digest: 'text',
    state: 'text',
    reason: 'text',
    until_ms: 'integer',
    changed_at_ms: 'integer',
    created_at_ms: 'integer',
    updated_at_ms: 'integer',
    last_used_at_ms: 'integer',
    state_seq: 'integer',
    tags: 'text',
  },
  budget_spending: { id: 'text', spent: 'integer', ends_at_ms: 'integer' },
  routes: {
    id: 'text',
    name: 'text',
    enabled: 'integer',
    priority: 'integer',
    mode: 'text',
    path: 'text',
    conditions: 'text',
    action_json: 'text',
    rewrite: 'text',
    requires_client_key: 'integer',
    rate_limit: 'text',
    timeout_ms: 'integer',
    created_at_ms: 'integer',
    updated_at_ms: 'integer',
  },
} as const satisfies { readonly [T in Exclude<keyof CoreSchema, keyof typeof LEFT_BEHIND>]: Columns<T> }

/** Tables of the same database that a copy does not carry, and why nobody misses them. */
export const LEFT_BEHIND = {
  idempotency: 'answers remembered for a day, for clients that repeat a request they just sent',
  login_failures: 'failed sign-ins of the last minutes',
  budget_writers: 'numbers of the last writes of processes that have stopped for the copy',
  files: 'files of clients, which they have themselves, and results, which are kept for some days',
  file_parts: 'what is in those files',
  jobs: 'work in the background, which would be done twice: once here and once there',
  job_parts: 'what belongs to that work',
  batches: 'batches, which would be run twice: once here and once there',
} as const satisfies Partial<Record<keyof CoreSchema, string>>

export type TransferTable = keyof typeof TRANSFER_TABLES

export const TRANSFER_ORDER = Object.keys(TRANSFER_TABLES) as readonly TransferTable[]

/** The column that identifies a row; ids and names compare byte for byte on every database, so rows have one order everywhere. */
export function identityOf(table: TransferTable): 'id' | 'name' {
  return table === 'settings' || table === 'counters' ? 'name' : 'id'
}
