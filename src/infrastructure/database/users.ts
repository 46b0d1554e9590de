// Stores the people who manage the gateway.
import type { Kysely } from 'kysely'
import type { User } from '../../domain/user.ts'
import type { StoredUser, UserRepository } from '../../ports/store.ts'
import { changedAny, fromNull, toNull } from './query.ts'
import type { CoreSchema, UserRow } from './schema.ts'

export class KyselyUserRepository implements UserRepository {
  readonly #db: Kysely<CoreSchema>

  constructor(db: Kysely<CoreSchema>) {
    this.#db = db
  }

  async list(): Promise<readonly User[]> {
    const rows = await this.#db.selectFrom('users').selectAll().orderBy('id').execute()
    return rows.map(userFromRow)
  }

  async count(): Promise<number> {
    const { total } = await this.#db
      .selectFrom('users')
      .select((eb) => eb.fn.countAll<number>().as('total'))
      .executeTakeFirstOrThrow()
    return Number(total)
  }

  async findById(id: string): Promise<StoredUser | undefined> {
    const row = await this.#db.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst()
    return row && fromRow(row)
  }

  async findByUsername(username: string): Promise<StoredUser | undefined> {
    const row = await this.#db.selectFrom('users').selectAll().where('username_key', '=', username.toLowerCase()).executeTakeFirst()
    return row && fromRow(row)
  }

  async insert(user: StoredUser): Promise<void> {
    await this.#db.insertInto('users').values(toRow(user)).execute()
  }

  async update(user: StoredUser): Promise<boolean> {
    return changedAny(await this.#db.updateTable('users').set(toRow(user)).where('id', '=', user.id).execute())
  }

  async remove(id: string): Promise<boolean> {
    return changedAny(await this.#db.deleteFrom('users').where('id', '=', id).execute())
  }

  async removeOfAccount(accountId: string): Promise<number> {
    const results = await this.#db.deleteFrom('users').where('account_id', '=', accountId).execute()
    return results.reduce((sum, { numDeletedRows }) => sum + Number(numDeletedRows), 0)
  }
}

function toRow(user: StoredUser): UserRow {
  return {
    id: user.id,
    username: user.username,
    username_key: user.username.toLowerCase(),
    role: user.role,
    enabled: user.enabled ? 1 : 0,
    token_version: user.tokenVersion,
    password_hash: user.passwordHash,
    created_at_ms: user.createdAtMs,
    updated_at_ms: user.updatedAtMs,
    account_id: toNull(user.accountId),
  }
}

function userFromRow(row: UserRow): User {
  return {
    id: row.id,
    username: row.username,
    role: row.role,
    enabled: row.enabled === 1,
    tokenVersion: row.token_version,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
    accountId: fromNull(row.account_id),
  }
}

function fromRow(row: UserRow): StoredUser {
  return { ...userFromRow(row), passwordHash: row.password_hash }
}
