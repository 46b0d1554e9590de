// Counts failed sign-ins per account and network, in a bounded table.
import type { Kysely } from 'kysely'
import { limits } from '../../limits.ts'
import type { LoginFailureRepository } from '../../ports/login-failure-repository.ts'
import { changedAny, inTransaction } from './query.ts'
import type { CoreSchema } from './schema.ts'

export class KyselyLoginFailureRepository implements LoginFailureRepository {
  readonly #db: Kysely<CoreSchema>

  constructor(db: Kysely<CoreSchema>) {
    this.#db = db
  }

  async find(account: string, network: string): Promise<{ count: number; firstAtMs: number } | undefined> {
    const row = await this.#db
      .selectFrom('login_failures')
      .select(['failures', 'first_at_ms'])
      .where('account', '=', account)
      .where('network', '=', network)
      .executeTakeFirst()
    return row && { count: row.failures, firstAtMs: row.first_at_ms }
  }

  async add(account: string, network: string, nowMs: number, windowMs: number): Promise<number> {
    return inTransaction(this.#db, async (db) => {
      const startsMs = nowMs - windowMs
      await db.deleteFrom('login_failures').where('account', '=', account).where('network', '=', network).where('first_at_ms', '<=', startsMs).execute()
      const counted = await db
        .updateTable('login_failures')
        .set((eb) => ({ failures: eb('failures', '+', 1) }))
        .where('account', '=', account)
        .where('network', '=', network)
        .execute()
      if (!changedAny(counted)) {
        await this.#makeRoom(db)
        await db.insertInto('login_failures').values({ account, network, failures: 1, first_at_ms: nowMs }).execute()
        return 1
      }
      const row = await db
        .selectFrom('login_failures')
        .select('failures')
        .where('account', '=', account)
        .where('network', '=', network)
        .executeTakeFirstOrThrow()
      return row.failures
    })
  }

  async clear(account: string, network: string): Promise<void> {
    await this.#db.deleteFrom('login_failures').where('account', '=', account).where('network', '=', network).execute()
  }

  async #makeRoom(db: Kysely<CoreSchema>): Promise<void> {
    const { total } = await db
      .selectFrom('login_failures')
      .select((eb) => eb.fn.countAll<number>().as('total'))
      .executeTakeFirstOrThrow()
    if (Number(total) < limits.loginFailureRowsMax) return
    const oldest = await db.selectFrom('login_failures').select(['account', 'network']).orderBy('first_at_ms').limit(1).executeTakeFirstOrThrow()
    await db.deleteFrom('login_failures').where('account', '=', oldest.account).where('network', '=', oldest.network).execute()
  }
}
