// What people may do with jobs: start, watch, cancel, and take what came of them.
import { createId } from '../domain/id.ts'
import { GatewayError } from '../errors.ts'
import type { Clock } from '../ports/clock.ts'
import { JobRefusedError } from '../ports/job-queue.ts'
import type { Job, JobFilter, JobSignals, JobStats, JobSummary, Json } from '../ports/job-queue.ts'
import type { KeyVault } from '../ports/key-vault.ts'
import type { Random } from '../ports/random.ts'
import type { Page, PageRequest, Repositories, Store } from '../ports/store.ts'
import type { JobEvents } from './job-events.ts'
import type { JobKind } from './job-kind.ts'
import { openResultPart, sealParts } from './job-parts.ts'

export interface JobsDependencies {
  /** The audited one. */
  readonly store: Store
  readonly kinds: readonly JobKind[]
  readonly signals: JobSignals | undefined
  readonly vault: KeyVault
  readonly clock: Clock
  readonly random: Random
  readonly events: JobEvents
  /** Of this process: something waits, or is to stop. */
  readonly onQueued: () => void
  readonly onCancelled: () => void
}

export interface JobOrder {
  readonly kind: string
  readonly payload: unknown
  readonly priority?: number | undefined
  readonly runAtMs?: number | undefined
  readonly accountId?: string | undefined
  /** Name of the person; undefined = the gateway. */
  readonly createdBy?: string | undefined
  readonly total?: number | undefined
  /** Bulk, sealed before it is stored; each at most PART_CHARS_MAX characters. */
  readonly parts?: readonly string[] | undefined
}

export class Jobs {
  readonly #dependencies: JobsDependencies

  constructor(dependencies: JobsDependencies) {
    this.#dependencies = dependencies
  }

  get kinds(): readonly JobKind[] {
    return this.#dependencies.kinds
  }

  /**
   * Stores the job; it runs as soon as there is room. `isNew` false: such a job is open already, and is returned.
   * @param within repositories of a transaction that the job belongs to; then call `announce` when it is committed
   * @throws GatewayError validation_failed, conflict when too many jobs wait
   */
  async start(order: JobOrder, within?: Repositories): Promise<{ readonly job: Job; readonly isNew: boolean }> {
    const { store, vault, clock, random } = this.#dependencies
    const kind = this.#kindOf(order.kind)
    const payload = kind.validate(order.payload)
    const key = kind.uniqueKey?.(payload)
    const id = createId('job', clock.nowMs(), random.bytes(10))
    const { priority, runAtMs, accountId, createdBy, total } = order
    const row = {
      ...{ id, kind: kind.name, payload, priority, runAtMs, accountId, createdBy, total, maxAttempts: kind.maxAttempts },
      unique: key === undefined ? undefined : { key, until: 'finished' as const },
      parts: order.parts && sealParts(vault, id, order.parts),
    }
    try {
      if (within !== undefined) return await within.jobs.enqueue(row)
      const added = await store.transaction(({ jobs }) => jobs.enqueue(row))
      if (added.isNew) this.announce(added.job)
      return added
    } catch (error) {
      if (!(error instanceof JobRefusedError)) throw error
      throw new GatewayError('conflict', error.message, { cause: error })
    }
  }

  announce(job: Job): void {
    const { signals, events, onQueued } = this.#dependencies
    events.tell(job)
    signals?.announce(job)
    onQueued()
  }

  /** @param own the account that the caller is confined to. @throws GatewayError not_found, also for jobs of others */
  async get(id: string, own?: string): Promise<Job> {
    const job = await this.#dependencies.store.jobs.find(id)
    if (job === undefined || (own !== undefined && job.accountId !== own)) throw new GatewayError('not_found', `There is no job with the id "${id}".`)
    return job
  }

  list(page: PageRequest, filter: JobFilter): Promise<Page<JobSummary>> {
    return this.#dependencies.store.jobs.listPage(page, filter)
  }

  stats(): Promise<JobStats> {
    return this.#dependencies.store.jobs.stats()
  }

  /** A job that runs stops within a second; what has ended stays as it is. @throws GatewayError not_found, conflict when it has ended */
  async cancel(id: string, own?: string): Promise<Job> {
    const { store, events, onCancelled } = this.#dependencies
    const before = await this.get(id, own)
    if (hasEnded(before)) throw new GatewayError('conflict', `The job has ended already: it is ${before.state}.`)
    const job = await store.transaction(({ jobs }) => jobs.cancel(id))
    if (job === undefined) throw new GatewayError('not_found', `There is no job with the id "${id}".`)
    events.tell(job)
    onCancelled()
    return job
  }

  /** The bulk of the result, which is forgotten with this answer. @throws GatewayError not_found; conflict while it runs, when it was taken, or there is none */
  async takeResult(id: string, own?: string): Promise<readonly string[]> {
    const job = await this.get(id, own)
    if (!hasEnded(job)) throw new GatewayError('conflict', 'The job has not ended yet. Wait until it has, then ask again.')
    const parts = await this.#dependencies.store.transaction(({ jobs }) => jobs.takeResultParts(id))
    if (parts.length === 0) throw new GatewayError('conflict', 'The job has no result to be taken: there was none, or somebody has taken it already.')
    return parts.map((part, index) => openResultPart(this.#dependencies.vault, id, index, part))
  }

  /** @throws GatewayError validation_failed */
  #kindOf(name: string): JobKind {
    const kind = this.#dependencies.kinds.find((candidate) => candidate.name === name)
    if (kind !== undefined) return kind
    const names = this.#dependencies.kinds.map((candidate) => candidate.name).join(', ')
    throw new GatewayError('validation_failed', `There is no kind of job "${name.slice(0, 64)}". There are: ${names}.`, {
      errors: [{ path: '/kind', message: 'is not a kind of job' }],
    })
  }
}

export function hasEnded({ state }: Pick<JobSummary, 'state'>): boolean {
  return state === 'succeeded' || state === 'failed' || state === 'cancelled'
}

/** The fields of a payload, which has no others. @throws GatewayError validation_failed */
export function payloadOf(payload: unknown, names: readonly string[]): Readonly<Record<string, Json>> {
  const isObject = typeof payload === 'object' && payload !== null && !Array.isArray(payload)
  if (!isObject) throw invalidPayload('', 'must be an object')
  const unknown = Object.keys(payload).find((name) => !names.includes(name))
  if (unknown !== undefined) throw invalidPayload(`/${unknown.slice(0, 64)}`, `is not known; there are: ${names.join(', ')}`)
  return payload as Readonly<Record<string, Json>>
}

export function invalidPayload(path: string, message: string): GatewayError {
  return new GatewayError('validation_failed', `The payload of the job cannot be used: ${path === '' ? 'it' : path.slice(1)} ${message}.`, {
    errors: [{ path: `/payload${path}`, message }],
  })
}
