// The store of a gateway whose database may be away: everybody holds this one, whatever the database does.
import type { Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import type { RequestLog } from '../../ports/request-log.ts'
import { type EventStore, type Repositories, type Store, StoreUnavailableError } from '../../ports/store.ts'
import type { OpenDatabase } from '../catalog.ts'
import { Reachability } from './reachability.ts'

export interface StoreLinkDependencies {
  readonly clock: Clock
  readonly random: Random
  /** Told when the database goes away and when it is back. Must not throw. */
  readonly onChange: (isReachable: boolean, reason: string) => void
}

/** All there are: the compiler misses one that is not here. */
const REPOSITORIES = {
  upstreams: true,
  keys: true,
  routes: true,
  clientKeys: true,
  users: true,
  accounts: true,
  audit: true,
  loginFailures: true,
  settings: true,
  idempotency: true,
  spending: true,
  files: true,
  batches: true,
  sealed: true,
  jobs: true,
} as const satisfies Record<keyof Repositories, true>
/** ms that reading the history may take: its table may be locked while all others are well. */
const HISTORY_MS = 1_200
/** ms that a page of the request log, or sums over it, may take. */
const LOG_MS = 5_000
const LOG_SILENT = 'The request log does not answer'
/** ms that closing may take; a frozen server does not say good-bye. */
const CLOSE_MS = 2_000

export class StoreLink {
  readonly store: Store
  readonly events: EventStore
  readonly requestLog: RequestLog
  /** Called each time the database answers again. Must not throw. */
  onReturn: () => void = () => undefined
  readonly #reachability: Reachability
  #open: OpenDatabase | undefined
  #isClosed = false

  constructor({ clock, random, onChange }: StoreLinkDependencies) {
    const told: StoreLinkDependencies['onChange'] = (isReachable, reason) => {
      onChange(isReachable, reason)
      if (isReachable) this.onReturn()
    }
    this.#reachability = new Reachability({ ping: () => this.#opened().store.ping(), random, onChange: told }, () => clock.monotonicMs())
    const repositories = Object.fromEntries(
      Object.keys(REPOSITORIES).map((name) => [name, this.#follow(name as keyof Repositories)]),
    ) as unknown as Repositories
    this.store = {
      ...repositories,
      transaction: (work) => this.#call(({ store }) => store.transaction(work)),
      ping: () => this.#call(({ store }) => store.ping()),
      close: () => this.#close(),
    }
    this.events = {
      appendKeyEvents: (events) => this.#history(({ events: history }) => history.appendKeyEvents(events)),
      listKeyEvents: (keyId, limit) =>
        within(
          HISTORY_MS,
          'The history does not answer',
          this.#history(({ events }) => events.listKeyEvents(keyId, limit)),
        ),
      close: async () => undefined,
    }
    this.requestLog = this.#followLog()
  }

  /** False before the first attach, and while the database does not answer. */
  get isReachable(): boolean {
    return this.#open !== undefined && this.#reachability.isReachable
  }

  /** Calls go to this database from now on; the link closes it. */
  attach(open: OpenDatabase): void {
    this.#open = open
    if (this.#isClosed) void closeBoth(open)
  }

  #opened(): OpenDatabase {
    if (this.#isClosed) throw new StoreUnavailableError('The store is closed')
    if (this.#open === undefined) throw new StoreUnavailableError('The database has not been reached since the start')
    return this.#open
  }

  async #call<T>(work: (open: OpenDatabase) => Promise<T>): Promise<T> {
    const open = this.#opened()
    return this.#reachability.run(() => work(open))
  }

  /** Beside the watch over the store: a history that is locked must not make the database look away. */
  async #history<T>(work: (open: OpenDatabase) => Promise<T>): Promise<T> {
    const open = this.#opened()
    if (!this.#reachability.isReachable) throw new StoreUnavailableError('The database does not answer')
    return work(open)
  }

  #follow<N extends keyof Repositories>(name: N): Repositories[N] {
    const methods = new Map<PropertyKey, unknown>()
    return new Proxy({} as Repositories[N], {
      get: (_, method) => {
        const known = methods.get(method)
        if (known !== undefined) return known
        const made = (...parameters: unknown[]): Promise<unknown> =>
          this.#call(({ store }) => (store[name] as unknown as Record<PropertyKey, (...all: unknown[]) => Promise<unknown>>)[method]!(...parameters))
        methods.set(method, made)
        return made
      },
    })
  }

  #followLog(): RequestLog {
    const log = <T>(work: (log: RequestLog) => Promise<T>): Promise<T> => this.#history(({ requestLog }) => work(requestLog))
    return {
      openWriter: (writer, nowMs) => log((own) => own.openWriter(writer, nowMs)),
      append: (batch) => log((own) => own.append(batch)),
      list: (filter, limit, before) =>
        within(
          LOG_MS,
          LOG_SILENT,
          log((own) => own.list(filter, limit, before)),
        ),
      summarize: (query, page) =>
        within(
          LOG_MS,
          LOG_SILENT,
          log((own) => own.summarize(query, page)),
        ),
      space: () => log((own) => own.space()),
      claimRetention: (owner, nowMs, forMs) => log((own) => own.claimRetention(owner, nowMs, forMs)),
      dropOld: (ages) => log((own) => own.dropOld(ages)),
      dropOldest: (nowMs) => log((own) => own.dropOldest(nowMs)),
      compact: () => log((own) => own.compact()),
    }
  }

  async #close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#reachability.stop()
    if (this.#open !== undefined) await within(CLOSE_MS, 'The database does not close', closeBoth(this.#open)).catch(() => undefined)
  }
}

async function closeBoth({ store, events }: OpenDatabase): Promise<void> {
  await events.close()
  await store.close()
}

async function within<T>(ms: number, message: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new StoreUnavailableError(`${message} within ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
