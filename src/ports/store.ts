// The source of truth: what the management plane reads and writes. Nothing on the data plane waits for it.
import type { ClientKey } from '../domain/client-key.ts'
import type { Upstream } from '../domain/upstream.ts'
import type { KeyState, KeyStatus, UpstreamKey } from '../domain/upstream-key.ts'
import type { User } from '../domain/user.ts'
import type { RouteRepository } from './route-repository.ts'
import type { JobQueue } from './job-queue.ts'
import type { AccountRepository } from './account-repository.ts'
import type { AuditRepository } from './audit-repository.ts'
import type { BatchRepository, FileRepository } from './batch-store.ts'
import type { IdempotencyRepository } from './idempotency-repository.ts'
import type { SealedValueRepository } from './key-rotation.ts'
import type { SpendingRepository } from './spending-repository.ts'
import type { LoginFailureRepository } from './login-failure-repository.ts'

export * from './idempotency-repository.ts'
export * from './route-repository.ts'
export * from './store-errors.ts'

export interface Page<T> {
  readonly rows: readonly T[]
  readonly total: number
}

export interface PageRequest {
  /** 1-based. */
  readonly page: number
  /** 1…1000 */
  readonly limit: number
}

/** An upstream key with its sealed value; only the snapshot loader and re-encryption need it. */
export interface SealedUpstreamKey extends UpstreamKey {
  readonly sealedValue: string
  /** Full digest of the value; unique within an upstream. */
  readonly valueDigest: string
}

export interface KeyEvent {
  readonly keyId: string
  readonly atMs: number
  readonly from: KeyState
  readonly to: KeyState
  readonly reason: string
  /** `gateway` or the name of the person. */
  readonly actor: string
  readonly untilMs: number | undefined
}

export interface KeyStatusChange {
  readonly id: string
  readonly status: KeyStatus
}

export interface StoredKeyStatus extends KeyStatusChange {
  readonly upstreamId: string
  readonly sequence: number
}

/** All list orders are by id unless said otherwise; ids sort by creation time. */
export interface UpstreamRepository {
  list(): Promise<readonly Upstream[]>
  listPage(page: PageRequest, filter?: { search?: string | undefined }): Promise<Page<Upstream>>
  findById(id: string): Promise<Upstream | undefined>
  /** Case-sensitive on every database. */
  findBySlug(slug: string): Promise<Upstream | undefined>
  /** @throws UniqueViolationError when the slug is taken. */
  insert(upstream: Upstream): Promise<void>
  /** Replaces the row; false when it does not exist, or when `expectedUpdatedAtMs` is given and differs. */
  update(upstream: Upstream, expectedUpdatedAtMs?: number): Promise<boolean>
  /** Removes the upstream with its keys; false when it did not exist. */
  remove(id: string): Promise<boolean>
}

export interface UpstreamKeyFilter {
  readonly state?: KeyState | undefined
  /** Those that carry it. */
  readonly tag?: string | undefined
  readonly search?: string | undefined
}

export interface UpstreamKeyRepository {
  /** Keys of all upstreams with sealed values, ordered by upstream id then key id. */
  listSealed(): Promise<readonly SealedUpstreamKey[]>
  listPage(upstreamId: string, page: PageRequest, filter?: UpstreamKeyFilter): Promise<Page<UpstreamKey>>
  countByState(upstreamId: string): Promise<Readonly<Record<KeyState, number>>>
  findById(id: string): Promise<SealedUpstreamKey | undefined>
  /** The digests among `digests` that this upstream already has. Any number of digests. */
  findExistingDigests(upstreamId: string, digests: readonly string[]): Promise<ReadonlySet<string>>
  /** Inserts all or none. @throws UniqueViolationError when a digest is already in the pool. */
  insertMany(keys: readonly SealedUpstreamKey[]): Promise<void>
  /** label, weight, tier, quotaGroup, tags, limits, updatedAtMs; false when absent. */
  update(key: UpstreamKey): Promise<boolean>
  /** Stores a person's word unless a newer state (changedAtMs) is stored; false when the key is gone or its stored state is newer. */
  updateStatus(id: string, status: KeyStatus): Promise<boolean>
  /** Stores what the gateway found out by itself, each unless a newer state is stored or a person has switched the key off. */
  updateStatuses(changes: readonly KeyStatusChange[]): Promise<void>
  /** Number of the latest change of any stored state; starts at 0 and only grows. Independent of clocks. */
  statusSequence(): Promise<number>
  /** States stored after the change with this number, oldest first, with the number that each came with. At most `limit`, plus those that came with the last number. */
  listStatusesSince(sequence: number, limit: number): Promise<readonly StoredKeyStatus[]>
  updateLastUsed(uses: readonly { id: string; lastUsedAtMs: number }[]): Promise<void>
  remove(id: string): Promise<boolean>
  /** Returns how many were removed. */
  removeAll(upstreamId: string, filter?: { state?: KeyState | undefined }): Promise<number>
}

export type ClientKeyFilter = { readonly search?: string | undefined; readonly accountId?: string | undefined }

export interface ClientKeyRepository {
  list(): Promise<readonly ClientKey[]>
  listPage(page: PageRequest, filter?: ClientKeyFilter): Promise<Page<ClientKey>>
  findById(id: string): Promise<ClientKey | undefined>
  insert(key: ClientKey): Promise<void>
  /** All or none. */
  insertMany(keys: readonly ClientKey[]): Promise<void>
  update(key: ClientKey, expectedUpdatedAtMs?: number): Promise<boolean>
  remove(id: string): Promise<boolean>
  /** Returns how many were removed. */
  removeOfAccount(accountId: string): Promise<number>
}

export interface StoredUser extends User {
  readonly passwordHash: string
}

export interface UserRepository {
  list(): Promise<readonly User[]>
  count(): Promise<number>
  findById(id: string): Promise<StoredUser | undefined>
  /** Names are compared lower-cased. */
  findByUsername(username: string): Promise<StoredUser | undefined>
  insert(user: StoredUser): Promise<void>
  update(user: StoredUser): Promise<boolean>
  remove(id: string): Promise<boolean>
  /** Returns how many were removed. */
  removeOfAccount(accountId: string): Promise<number>
}

/** Small named values: configuration version, set-up token digest, encryption check value, wrapped data keys. */
export interface SettingsRepository {
  get(name: string): Promise<string | undefined>
  set(name: string, value: string): Promise<void>
  remove(name: string): Promise<void>
  /** The version every configuration change bumps; starts at 0. */
  configVersion(): Promise<number>
  /** Adds 1 and returns the new version. Call inside the transaction of the change. */
  bumpConfigVersion(): Promise<number>
}

export interface Repositories {
  readonly upstreams: UpstreamRepository
  readonly keys: UpstreamKeyRepository
  readonly routes: RouteRepository
  readonly clientKeys: ClientKeyRepository
  readonly users: UserRepository
  readonly accounts: AccountRepository
  readonly audit: AuditRepository
  readonly loginFailures: LoginFailureRepository
  readonly settings: SettingsRepository
  readonly idempotency: IdempotencyRepository
  readonly spending: SpendingRepository
  readonly files: FileRepository
  readonly batches: BatchRepository
  readonly sealed: SealedValueRepository
  readonly jobs: JobQueue
}

/** Every method may reject with StoreUnavailableError. */
export interface Store extends Repositories {
  /**
   * Runs `work` in one write transaction; commits when it resolves, rolls back when it rejects. Not nested.
   * Write transactions wait for each other, over all processes: what `work` reads stays true until it commits.
   * When the database asks for it (a deadlock), `work` runs again from its start: it must change nothing but through the repositories.
   * StoreUnavailableError may mean that the commit was done and only its answer lost.
   */
  transaction<T>(work: (repositories: Repositories) => Promise<T>): Promise<T>
  ping(): Promise<void>
  /** Idempotent. */
  close(): Promise<void>
}

/** History that may be lost: its own database, never in the way of the source of truth. */
export interface EventStore {
  /** Appends; keeps at most limits.keyEventsKept per key. */
  appendKeyEvents(events: readonly KeyEvent[]): Promise<void>
  /** Newest first. */
  listKeyEvents(keyId: string, limit: number): Promise<readonly KeyEvent[]>
  close(): Promise<void>
}
