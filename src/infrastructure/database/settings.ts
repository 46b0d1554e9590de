// Stores small named values and the version of the configuration.
import type { Kysely } from 'kysely'
import type { SettingsRepository } from '../../ports/store.ts'
import { changedAny, inTransaction } from './query.ts'
import type { CoreSchema } from './schema.ts'

export const CONFIG_VERSION = 'config_version'

export class KyselySettingsRepository implements SettingsRepository {
  readonly #db: Kysely<CoreSchema>

  constructor(db: Kysely<CoreSchema>) {
    this.#db = db
  }

  async get(name: string): Promise<string | undefined> {
    const row = await this.#db.selectFrom('settings').select('value').where('name', '=', name).executeTakeFirst()
    return row?.value
  }

  async set(name: string, value: string): Promise<void> {
    await inTransaction(this.#db, async (db) => {
      const updated = await db.updateTable('settings').set({ value }).where('name', '=', name).execute()
      if (!changedAny(updated)) await db.insertInto('settings').values({ name, value }).execute()
    })
  }

  async remove(name: string): Promise<void> {
    await this.#db.deleteFrom('settings').where('name', '=', name).execute()
  }

  async configVersion(): Promise<number> {
    const row = await this.#db.selectFrom('counters').select('value').where('name', '=', CONFIG_VERSION).executeTakeFirstOrThrow()
    return row.value
  }

  async bumpConfigVersion(): Promise<number> {
    return inTransaction(this.#db, async (db) => {
      await db
        .updateTable('counters')
        .set((eb) => ({ value: eb('value', '+', 1) }))
        .where('name', '=', CONFIG_VERSION)
        .execute()
      const row = await db.selectFrom('counters').select('value').where('name', '=', CONFIG_VERSION).executeTakeFirstOrThrow()
      return row.value
    })
  }
}
