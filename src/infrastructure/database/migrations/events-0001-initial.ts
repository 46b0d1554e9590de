// Migration 0001 of the event database: the history of keys.
import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { make } from '../schema-step.ts'
import type { SchemaTraits } from '../traits.ts'

export function initialEventMigration(traits: SchemaTraits): Migration {
  const { types } = traits
  return {
    up: async (db: Kysely<unknown>) => {
      await make(
        db.schema
          .createTable('key_events')
          .addColumn('seq', types.serial, types.serialKey)
          .addColumn('key_id', types.code, (column) => column.notNull())
          .addColumn('at_ms', types.integer, (column) => column.notNull())
          .addColumn('from_state', types.code, (column) => column.notNull())
          .addColumn('to_state', types.code, (column) => column.notNull())
          .addColumn('reason', types.text, (column) => column.notNull())
          .addColumn('actor', types.name, (column) => column.notNull())
          .addColumn('until_ms', types.integer),
        traits,
      )
      await make(db.schema.createIndex('key_events_key').on('key_events').columns(['key_id', 'seq']), traits)
    },
  }
}
