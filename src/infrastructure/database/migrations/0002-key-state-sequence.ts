// Migration 0002: numbers the changes of key states, so that every process can ask for what it has not seen, whatever its clock says.
import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { ColumnTypes } from '../traits.ts'

export function keyStateSequenceMigration(types: ColumnTypes): Migration {
  return {
    up: async (db: Kysely<unknown>) => {
      await db.schema
        .alterTable('upstream_keys')
        .addColumn('state_seq', types.integer, (column) => column.notNull().defaultTo(0))
        .execute()
      await db.schema.createIndex('upstream_keys_state_seq').on('upstream_keys').columns(['state_seq', 'id']).execute()
      await (db as Kysely<{ counters: { name: string; value: number } }>).insertInto('counters').values({ name: 'key_state_seq', value: 0 }).execute()
    },
  }
}
