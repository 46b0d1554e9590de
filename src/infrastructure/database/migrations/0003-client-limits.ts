// Migration 0003: limits of client keys.
import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { make } from '../schema-step.ts'
import type { SchemaTraits } from '../traits.ts'

export function clientLimitsMigration(traits: SchemaTraits): Migration {
  return {
    up: async (db: Kysely<unknown>) => {
      await make(db.schema.alterTable('client_keys').addColumn('limits', traits.types.text), traits)
    },
  }
}
