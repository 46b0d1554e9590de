// The tables as Kysely sees them. Times are epoch ms, flags 0 or 1, structures JSON text.
import type { Generated } from 'kysely'
import type { Balance } from '../../domain/balancing.ts'
import type { KeyState } from '../../domain/upstream-key.ts'
import type { ClientKey } from '../../domain/client-key.ts'
import type { RouteMode } from '../../domain/route.ts'
import type { Strategy, Upstream, UpstreamKind } from '../../domain/upstream.ts'
import type { JobPartRow, JobRow } from './job-row.ts'
import type { Role } from '../../domain/user.ts'
import type { BatchRow, FilePartRow, FileRow } from './batch-row.ts'

export interface UpstreamRow {
  id: string
  slug: string
  name: string
  kind: UpstreamKind
  adapter: string
  targets: string
  balance: Balance
  /** null = none. */
  health_check: string | null
  /** null = the default. */
  circuit_breaker: string | null
  key_placement: string
  enabled: number
  strategy: Strategy
  max_attempts: number
  timeouts: string
  retry_ambiguous: number
  managed_by: Upstream['managedBy']
  created_at_ms: number
  updated_at_ms: number
}

export interface UpstreamKeyRow {
  id: string
  upstream_id: string
  label: string
  weight: number
  tier: number
  quota_group: string
  limits: string
  masked: string
  fingerprint: string
  sealed_value: string
  value_digest: string
  state: KeyState
  reason: string
  until_ms: number | null
  changed_at_ms: number
  created_at_ms: number
  updated_at_ms: number
  last_used_at_ms: number | null
  /** Number of the change that brought the state; 0 for a state that the key was born with. */
  state_seq: Generated<number>
  /** JSON; null = none. */
  tags: string | null
}

export interface ClientKeyRow {
  id: string
  name: string
  source: ClientKey['source']
  digest: string
  masked: string
  upstreams: string | null
  models: string | null
  networks: string | null
  limits: string | null
  expires_at_ms: number | null
  revoked_at_ms: number | null
  created_at_ms: number
  updated_at_ms: number
  last_used_at_ms: number | null
  previous_digest: string | null
  previous_until_ms: number | null
  account_id: string | null
  budget: string | null
}

export interface UserRow {
  id: string
  username: string
  /** Lower-cased, unique. */
  username_key: string
  role: Role
  enabled: number
  token_version: number
  password_hash: string
  created_at_ms: number
  updated_at_ms: number
  account_id: string | null
}

export interface AccountRow {
  id: string
  name: string
  enabled: number
  priority: number
  verification_enabled: number
  limits: string | null
  bindings: string | null
  created_at_ms: number
  updated_at_ms: number
  budget: string | null
}

export interface AuditRow {
  id: string
  at_ms: number
  actor: string
  actor_id: string | null
  action: string
  entity: string
  entity_id: string
  changes: string
  request_id: string | null
  network: string | null
  previous_hash: string
  hash: string
}

export interface RouteRow {
  id: string
  name: string
  enabled: number
  priority: number
  mode: RouteMode
  path: string
  /** RouteMatch without its path. */
  conditions: string
  action_json: string
  rewrite: string | null
  requires_client_key: number
  rate_limit: string | null
  timeout_ms: number | null
  created_at_ms: number
  updated_at_ms: number
}

export interface BudgetSpendingRow {
  id: string
  spent: number
  ends_at_ms: number
}

/** A process that stores spending, and the number of its last write. */
export interface BudgetWriterRow {
  id: string
  last_write: number
  seen_at_ms: number
}

export interface LoginFailureRow {
  account: string
  network: string
  failures: number
  first_at_ms: number
}

export interface SettingRow {
  name: string
  value: string
}

export interface CounterRow {
  name: string
  value: number
}

export interface IdempotencyRow {
  request_key: string
  request_digest: string
  status: number
  body: string
  created_at_ms: number
}

/** core.db: the source of truth. */
export interface CoreSchema {
  upstreams: UpstreamRow
  upstream_keys: UpstreamKeyRow
  routes: RouteRow
  client_keys: ClientKeyRow
  users: UserRow
  accounts: AccountRow
  audit: AuditRow
  login_failures: LoginFailureRow
  settings: SettingRow
  counters: CounterRow
  idempotency: IdempotencyRow
  budget_spending: BudgetSpendingRow
  budget_writers: BudgetWriterRow
  files: FileRow
  file_parts: FilePartRow
  batches: BatchRow
  jobs: JobRow
  job_parts: JobPartRow
}
