// Migration 0011: files of clients, in parts, and batches.
import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { make } from '../schema-step.ts'
import type { SchemaTraits } from '../traits.ts'

export function batchesMigration(traits: SchemaTraits): Migration {
  const { types } = traits
  return {
    up: async (db: Kysely<unknown>) => {
      await make(
        db.schema
          .createTable('files')
          .addColumn('id', types.code, (column) => column.primaryKey())
          .addColumn('owner', types.code, (column) => column.notNull())
          .addColumn('filename', types.name, (column) => column.notNull())
          .addColumn('purpose', types.code, (column) => column.notNull())
          .addColumn('status', types.code, (column) => column.notNull())
          .addColumn('bytes', types.integer, (column) => column.notNull())
          .addColumn('created_at_ms', types.integer, (column) => column.notNull())
          .addColumn('expires_at_ms', types.integer, (column) => column.notNull()),
        traits,
      )
      await make(db.schema.createIndex('files_owner').on('files').columns(['owner', 'id']), traits)
      await make(db.schema.createIndex('files_expiry').on('files').column('expires_at_ms'), traits)
      await make(
        db.schema
          .createTable('file_parts')
          .addColumn('file_id', types.code, (column) => column.notNull())
          .addColumn('position', types.integer, (column) => column.notNull())
          .addColumn('bytes', types.integer, (column) => column.notNull())
          .addColumn('content', types.text, (column) => column.notNull())
          .addPrimaryKeyConstraint('file_parts_place', ['file_id', 'position']),
        traits,
      )
      await make(
        db.schema
          .createTable('batches')
          .addColumn('id', types.code, (column) => column.primaryKey())
          .addColumn('owner', types.code, (column) => column.notNull())
          .addColumn('endpoint', types.text, (column) => column.notNull())
          .addColumn('input_file_id', types.code, (column) => column.notNull())
          .addColumn('output_file_id', types.code, (column) => column.notNull())
          .addColumn('error_file_id', types.code, (column) => column.notNull())
          .addColumn('completion_window', types.code, (column) => column.notNull())
          .addColumn('metadata', types.text)
          .addColumn('status', types.code, (column) => column.notNull())
          .addColumn('faults', types.text, (column) => column.notNull())
          .addColumn('total', types.integer, (column) => column.notNull())
          .addColumn('completed', types.integer, (column) => column.notNull())
          .addColumn('failed', types.integer, (column) => column.notNull())
          .addColumn('created_at_ms', types.integer, (column) => column.notNull())
          .addColumn('expires_at_ms', types.integer, (column) => column.notNull())
          .addColumn('times', types.text, (column) => column.notNull()),
        traits,
      )
      await make(db.schema.createIndex('batches_owner').on('batches').columns(['owner', 'id']), traits)
      await make(db.schema.createIndex('batches_status').on('batches').columns(['status', 'id']), traits)
    },
  }
}
