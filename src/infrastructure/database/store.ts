// The source of truth over Kysely: repositories, transactions, and one way for all errors.
import { AsyncLocalStorage } from 'node:async_hooks'
import { sql } from 'kysely'
import type { Kysely, Transaction } from 'kysely'
import { limits } from '../../limits.ts'
import type { Clock } from '../../ports/clock.ts'
import { StoreUnavailableError } from '../../ports/store.ts'
import type { Repositories, Store } from '../../ports/store.ts'
import { KyselyAccountRepository } from './accounts.ts'
import { KyselyAuditRepository } from './audit.ts'
import { KyselyBatchRepository } from './batches.ts'
import { KyselyClientKeyRepository } from './client-keys.ts'
import { createRun, guarded, repeated } from './guard.ts'
import type { Run } from './guard.ts'
import { KyselyFileRepository } from './files.ts'
import { KyselyIdempotencyRepository } from './idempotency.ts'
import { KyselyJobQueue } from './jobs.ts'
import { KyselyLoginFailureRepository } from './login-failures.ts'
import { RequestMarks } from './request-marks.ts'
import type { CoreSchema } from './schema.ts'
import { KyselyRouteRepository } from './routes.ts'
import { KyselySealedValueRepository } from './sealed-values.ts'
import { KyselySettingsRepository } from './settings.ts'
import { KyselySpendingRepository } from './spending.ts'
import type { DatabaseTraits } from './traits.ts'
import { KyselyUpstreamKeyRepository } from './upstream-keys.ts'
import { KyselyUpstreamRepository } from './upstreams.ts'
import { KyselyUserRepository } from './users.ts'

export interface StoreDeps {
  readonly db: Kysely<CoreSchema>
  readonly traits: DatabaseTraits
  readonly clock: Clock
  /** Runs after the database is closed, e.g. to give up its ownership. */
  readonly onClose?: (() => Promise<void>) | undefined
}

export class KyselyStore implements Store {
  readonly upstreams: Store['upstreams']
  readonly keys: Store['keys']
  readonly routes: Store['routes']
  readonly clientKeys: Store['clientKeys']
  readonly users: Store['users']
  readonly accounts: Store['accounts']
  readonly audit: Store['audit']
  readonly loginFailures: Store['loginFailures']
  readonly settings: Store['settings']
  readonly idempotency: Store['idempotency']
  readonly spending: Store['spending']
  readonly jobs: Store['jobs']
  readonly files: Store['files']
  readonly batches: Store['batches']
  readonly sealed: Store['sealed']
  readonly #deps: StoreDeps
  readonly #translate: Run
  /** Says whether the caller runs inside `transaction`, where the outer repositories would wait for themselves for ever. */
  readonly #scope = new AsyncLocalStorage<{ open: boolean }>()
  readonly #marks = new RequestMarks()
  #calls = 0
  #closing: Promise<void> | undefined

  constructor(deps: StoreDeps) {
    this.#deps = deps
    this.#translate = createRun(deps.traits)
    const repositories = createRepositories(deps, deps.db, this.#marks, (work) => this.#call(work))
    this.upstreams = repositories.upstreams
    this.keys = repositories.keys
    this.routes = repositories.routes
    this.clientKeys = repositories.clientKeys
    this.users = repositories.users
    this.accounts = repositories.accounts
    this.audit = repositories.audit
    this.loginFailures = repositories.loginFailures
    this.settings = repositories.settings
    this.idempotency = repositories.idempotency
    this.spending = repositories.spending
    this.jobs = repositories.jobs
    this.files = repositories.files
    this.batches = repositories.batches
    this.sealed = repositories.sealed
  }

  async transaction<T>(work: (repositories: Repositories) => Promise<T>): Promise<T> {
    const { traits, db } = this.#deps
    return this.#call(() =>
      repeated(traits, () =>
        this.#marks.accompany((storeMark) =>
          db.transaction().execute(async (transaction) => {
            const scope = { open: true }
            try {
              const repositories = createRepositories(this.#deps, transaction, this.#marks, this.#translate)
              await storeMark(repositories.idempotency)
              return await this.#scope.run(scope, () => work(repositories))
            } finally {
              scope.open = false
            }
          }),
        ),
      ),
    )
  }

  /**
   * Works on whole tables in one transaction, for what copies a database; everything else goes through the repositories.
   * `read` sees one state of the database from its first query to its end, whoever writes meanwhile.
   */
  async tables<T>(mode: 'read' | 'write', work: (tables: Transaction<CoreSchema>) => Promise<T>): Promise<T> {
    const transaction = this.#deps.db.transaction()
    const begin = mode === 'read' ? transaction.setIsolationLevel('repeatable read').setAccessMode('read only') : transaction
    return this.#call(() => begin.execute(work))
  }

  async ping(): Promise<void> {
    await this.#call(() => sql`select 1`.execute(this.#deps.db))
  }

  async close(): Promise<void> {
    this.#closing ??= this.#deps.db.destroy().then(() => this.#deps.onClose?.())
    await this.#closing
  }

  async #call<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closing !== undefined) throw new StoreUnavailableError('The store is closed')
    if (this.#scope.getStore()?.open === true) {
      throw new Error('Inside a transaction use the repositories that it passes: the outer ones would wait for it for ever')
    }
    if (this.#calls >= limits.storeCallsMax) throw new StoreUnavailableError(`The store has ${limits.storeCallsMax} calls waiting already`)
    this.#calls++
    try {
      return await this.#translate(work)
    } finally {
      this.#calls--
    }
  }
}

function createRepositories({ traits, clock }: StoreDeps, db: Kysely<CoreSchema>, marks: RequestMarks, run: Run): Repositories {
  return {
    upstreams: guarded(new KyselyUpstreamRepository(db, traits), run),
    keys: guarded(new KyselyUpstreamKeyRepository(db, traits), run),
    routes: guarded(new KyselyRouteRepository(db, traits), run),
    clientKeys: guarded(new KyselyClientKeyRepository(db, traits), run),
    users: guarded(new KyselyUserRepository(db), run),
    accounts: guarded(new KyselyAccountRepository(db, traits), run),
    audit: guarded(new KyselyAuditRepository(db), run),
    loginFailures: guarded(new KyselyLoginFailureRepository(db), run),
    settings: guarded(new KyselySettingsRepository(db), run),
    idempotency: guarded(new KyselyIdempotencyRepository(db, clock, marks), run),
    spending: guarded(new KyselySpendingRepository(db), run),
    jobs: guarded(new KyselyJobQueue(db, traits, clock), run),
    files: guarded(new KyselyFileRepository(db), run),
    batches: guarded(new KyselyBatchRepository(db), run),
    sealed: guarded(new KyselySealedValueRepository(db), run),
  }
}
