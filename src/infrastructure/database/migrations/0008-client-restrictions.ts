// Migration 0008: models and networks that client keys are restricted to.
import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { make } from '../schema-step.ts'
import type { SchemaTraits } from '../traits.ts'

export function clientRestrictionsMigration(traits: SchemaTraits): Migration {
  return {
    up: async (db: Kysely<unknown>) => {
      for (const column of ['models', 'networks']) await make(db.schema.alterTable('client_keys').addColumn(column, traits.types.text), traits)
    },
  }
}
