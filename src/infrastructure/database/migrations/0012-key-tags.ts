// Migration 0012: tags of upstream keys.
import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { make } from '../schema-step.ts'
import type { SchemaTraits } from '../traits.ts'

export function keyTagsMigration(traits: SchemaTraits): Migration {
  return {
    up: async (db: Kysely<unknown>) => make(db.schema.alterTable('upstream_keys').addColumn('tags', traits.types.text), traits),
  }
}
