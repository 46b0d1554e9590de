// Watches what a transaction writes, so that no write can be forgotten in the record.
import type { AuditChanges } from '../domain/audit.ts'
import type { Repositories } from '../ports/store.ts'
import { describeChange, describeMany, describeSetting } from './audit-fields.ts'

export interface JournalLine {
  readonly action: string
  readonly entity: string
  readonly entityId: string
  readonly changes: AuditChanges
}

type Row = Readonly<Record<string, unknown>>
type Method = (...parameters: unknown[]) => Promise<unknown>

/** What the repositories hold. Those that are not here hold nothing that a person changes. */
const ENTITIES: Readonly<Partial<Record<string, string>>> = {
  upstreams: 'upstream',
  keys: 'upstream_key',
  clientKeys: 'client_key',
  users: 'user',
  accounts: 'account',
  routes: 'route',
  settings: 'setting',
  jobs: 'job',
}

const READS = /^(?:find|list|count|get|has|statusSequence$|configVersion$)/
/** What the gateway notes down by itself, and what only says that something was changed. */
const RUNNER = ['claim', 'renew', 'look', 'report', 'complete', 'fail', 'release', 'expire', 'stats', 'putResultPart', 'removeEnded']
const OWN = new Set(['updateStatuses', 'updateLastUsed', 'bumpConfigVersion', ...RUNNER])
/** Ids of things that have none of their own stay short. */
const ID_CHARS_MAX = 128

/** The same repositories; what is written through them is added to `lines`. */
export function watched(repositories: Repositories, lines: JournalLine[]): Repositories {
  return Object.fromEntries(
    Object.entries(repositories).map(([name, repository]) => {
      const entity = ENTITIES[name]
      return [name, entity === undefined ? repository : watch(entity, repository as object, lines)]
    }),
  ) as unknown as Repositories
}

/** The same repositories, for reading: what is written outside of a transaction would not be in the record. */
export function readOnly<T extends object>(name: string, repository: T): T {
  if (ENTITIES[name] === undefined) return repository
  return proxied(repository, (method, run) => {
    if (READS.test(method) || OWN.has(method)) return run
    return () => Promise.reject(new Error(`${name}.${method} must be called inside a transaction, which records it`))
  })
}

function watch<T extends object>(entity: string, repository: T, lines: JournalLine[]): T {
  const find = async (id: unknown): Promise<Row | undefined> => {
    const finder = (repository as { findById?: Method }).findById
    return (await finder?.call(repository, id)) as Row | undefined
  }
  const add = (operation: string, id: unknown, changes: AuditChanges): void => {
    lines.push({ action: `${entity}.${operation}`, entity, entityId: String(id).slice(0, ID_CHARS_MAX), changes })
  }
  const recorders: Readonly<Record<string, (run: Method) => Method>> = {
    insert:
      (run) =>
      async (row, ...rest) => {
        const result = await run(row, ...rest)
        add('create', (row as Row)['id'], describeChange(entity, undefined, row as Row))
        return result
      },
    insertMany: (run) => async (rows) => {
      const result = await run(rows)
      const all = rows as readonly Row[]
      // Keys come by the thousand: one line for a pool. All others are few, and each may be asked for.
      if (entity === 'upstream_key' && all.length > 1) add('create_many', all[0]?.['upstreamId'], describeMany(entity, all))
      else for (const row of all) add('create', row['id'], describeChange(entity, undefined, row))
      return result
    },
    update:
      (run) =>
      async (row, ...rest) => {
        const before = await find((row as Row)['id'])
        const result = await run(row, ...rest)
        if (result !== false) add('change', (row as Row)['id'], describeChange(entity, before, { ...before, ...(row as Row) }))
        return result
      },
    updateStatus: (run) => async (id, status) => {
      const before = await find(id)
      const result = await run(id, status)
      if (result !== false) add('change', id, describeChange(entity, before, { ...before, status }))
      return result
    },
    enqueue: (run) => async (job) => {
      const added = (await run(job)) as { readonly job: Row; readonly isNew: boolean }
      if (added.isNew) add('create', added.job['id'], describeChange(entity, undefined, added.job))
      return added
    },
    cancel: (run) => async (id) => {
      const job = await run(id)
      if (job !== undefined) add('cancel', id, { fields: [], before: {}, after: {} })
      return job
    },
    takeResultParts: (run) => async (id) => {
      const parts = (await run(id)) as readonly string[]
      if (parts.length > 0) add('take_result', id, { fields: [], before: {}, after: {}, count: parts.length })
      return parts
    },
    remove: (run) => async (id) => {
      const before = await find(id)
      const result = await run(id)
      if (result !== false) add('remove', id, describeChange(entity, before, undefined))
      return result
    },
    set: (run) => async (name, value) => {
      const before = await (repository as { get?: Method }).get?.(name)
      const result = await run(name, value)
      add('change', name, describeSetting(String(name), before, value))
      return result
    },
  }
  const many =
    (run: Method): Method =>
    async (owner, ...rest) => {
      const count = Number(await run(owner, ...rest))
      if (count > 0) add('remove_many', owner, { fields: [], before: {}, after: {}, count })
      return count
    }
  return proxied(repository, (method, run) => {
    if (READS.test(method) || OWN.has(method)) return run
    const record = recorders[method] ?? (/^remove[A-Z]/.test(method) ? many : undefined)
    if (record === undefined) throw new Error(`Nobody knows how to record ${entity}.${method}`)
    return record(run)
  })
}

function proxied<T extends object>(target: T, wrap: (method: string, run: Method) => Method): T {
  return new Proxy(target, {
    get: (object, name) => {
      const member: unknown = Reflect.get(object, name)
      if (typeof member !== 'function' || typeof name !== 'string') return member
      return wrap(name, (...parameters) => (member as Method).apply(object, parameters))
    },
  })
}
