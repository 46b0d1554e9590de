// Migration 0002: numbers the changes of key states, so that every process can ask for what it has not seen, whatever its clock says.
import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { make, makeCounter } from '../schema-step.ts'
import type { SchemaTraits } from '../traits.ts'

export function keyStateSequenceMigration(traits: SchemaTraits): Migration {
  const { types } = traits
  return {
    up: async (db: Kysely<unknown>) => {
      await make(
        db.schema.alterTable('upstream_keys').addColumn('state_seq', types.integer, (column) => column.notNull().defaultTo(0)),
        traits,
      )
      await make(db.schema.createIndex('upstream_keys_state_seq').on('upstream_keys').columns(['state_seq', 'id']), traits)
      await makeCounter(db, 'key_state_seq')
    },
  }
}
