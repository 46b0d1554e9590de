// Stores accounts.
import type { Kysely } from 'kysely'
import type { Account, AccountBinding } from '../../domain/account.ts'
import type { Budget } from '../../domain/budget.ts'
import type { ClientLimits } from '../../domain/client-limits.ts'
import type { AccountCounts, AccountFilter, AccountRepository } from '../../ports/account-repository.ts'
import type { Page, PageRequest } from '../../ports/store.ts'
import { changedAny, chunks, contains, pageWindow, readAll } from './query.ts'
import type { AccountRow, CoreSchema } from './schema.ts'
import type { DatabaseTraits } from './traits.ts'

const COLUMNS = 10

export class KyselyAccountRepository implements AccountRepository {
  readonly #db: Kysely<CoreSchema>
  readonly #traits: DatabaseTraits

  constructor(db: Kysely<CoreSchema>, traits: DatabaseTraits) {
    this.#db = db
    this.#traits = traits
  }

  async list(): Promise<readonly Account[]> {
    return readAll<Account>(async (last, limit) => {
      const rows = await this.#db
        .selectFrom('accounts')
        .selectAll()
        .where('id', '>', last?.id ?? '')
        .orderBy('id')
        .limit(limit)
        .execute()
      return rows.map(fromRow)
    })
  }

  async listPage(page: PageRequest, filter: AccountFilter = {}): Promise<Page<Account>> {
    let query = this.#db.selectFrom('accounts')
    if (filter.search) query = query.where(contains(this.#traits, ['name', 'id'], filter.search))
    if (filter.enabled !== undefined) query = query.where('enabled', '=', filter.enabled ? 1 : 0)
    const { limit, offset } = pageWindow(page)
    const { total } = await query.select((eb) => eb.fn.countAll<number>().as('total')).executeTakeFirstOrThrow()
    const rows = await query.selectAll().orderBy('id').limit(limit).offset(offset).execute()
    return { rows: rows.map(fromRow), total: Number(total) }
  }

  async countAll(): Promise<AccountCounts> {
    const one = { page: 1, limit: 1 }
    const countOf = async (table: 'client_keys' | 'users'): Promise<number> => {
      const { total } = await this.#db
        .selectFrom(table)
        .select((eb) => eb.fn.countAll<number>().as('total'))
        .where('account_id', 'is not', null)
        .executeTakeFirstOrThrow()
      return Number(total)
    }
    const { total } = await this.listPage(one)
    const { total: enabled } = await this.listPage(one, { enabled: true })
    return { total, enabled, clientKeys: await countOf('client_keys'), users: await countOf('users') }
  }

  async findById(id: string): Promise<Account | undefined> {
    const row = await this.#db.selectFrom('accounts').selectAll().where('id', '=', id).executeTakeFirst()
    return row && fromRow(row)
  }

  async insert(account: Account): Promise<void> {
    await this.#db.insertInto('accounts').values(toRow(account)).execute()
  }

  async insertMany(accounts: readonly Account[]): Promise<void> {
    for (const some of chunks(accounts, COLUMNS)) await this.#db.insertInto('accounts').values(some.map(toRow)).execute()
  }

  async update(account: Account): Promise<boolean> {
    return changedAny(await this.#db.updateTable('accounts').set(toRow(account)).where('id', '=', account.id).execute())
  }

  async remove(id: string): Promise<boolean> {
    return changedAny(await this.#db.deleteFrom('accounts').where('id', '=', id).execute())
  }
}

function toRow(account: Account): AccountRow {
  return {
    id: account.id,
    name: account.name,
    enabled: account.enabled ? 1 : 0,
    priority: account.priority,
    verification_enabled: account.verificationEnabled ? 1 : 0,
    limits: account.limits === undefined ? null : JSON.stringify(account.limits),
    bindings: account.bindings === undefined ? null : JSON.stringify(account.bindings),
    created_at_ms: account.createdAtMs,
    updated_at_ms: account.updatedAtMs,
    budget: account.budget === undefined ? null : JSON.stringify(account.budget),
  }
}

function fromRow(row: AccountRow): Account {
  return {
    id: row.id,
    name: row.name,
    enabled: row.enabled === 1,
    priority: row.priority,
    verificationEnabled: row.verification_enabled === 1,
    limits: row.limits === null ? undefined : (JSON.parse(row.limits) as ClientLimits),
    bindings: row.bindings === null ? undefined : (JSON.parse(row.bindings) as AccountBinding[]),
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
    budget: row.budget === null ? undefined : (JSON.parse(row.budget) as Budget),
  }
}
