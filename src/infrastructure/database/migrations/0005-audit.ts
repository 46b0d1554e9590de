// Migration 0005: the record of changes.
import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { make } from '../schema-step.ts'
import type { SchemaTraits } from '../traits.ts'

export function auditMigration(traits: SchemaTraits): Migration {
  const { types } = traits
  return {
    up: async (db: Kysely<unknown>) => {
      await make(
        db.schema
          .createTable('audit')
          .addColumn('id', types.code, (column) => column.primaryKey())
          .addColumn('at_ms', types.integer, (column) => column.notNull())
          .addColumn('actor', types.name, (column) => column.notNull())
          .addColumn('actor_id', types.code)
          .addColumn('action', types.code, (column) => column.notNull())
          .addColumn('entity', types.code, (column) => column.notNull())
          .addColumn('entity_id', types.code, (column) => column.notNull())
          .addColumn('changes', types.text, (column) => column.notNull())
          .addColumn('request_id', types.name)
          .addColumn('network', types.name)
          .addColumn('previous_hash', types.code, (column) => column.notNull())
          .addColumn('hash', types.code, (column) => column.notNull()),
        traits,
      )
      await make(db.schema.createIndex('audit_entity').on('audit').columns(['entity', 'entity_id', 'id']), traits)
      await make(db.schema.createIndex('audit_actor').on('audit').columns(['actor', 'id']), traits)
      await make(db.schema.createIndex('audit_age').on('audit').column('at_ms'), traits)
    },
  }
}
