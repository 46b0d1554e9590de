// Migration 0002 of the event database: what is known about the tables of the request log, which are made and dropped as time goes by.
import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { make } from '../schema-step.ts'
import type { SchemaTraits } from '../traits.ts'

export function requestLogMigration(traits: SchemaTraits): Migration {
  const { types } = traits
  return {
    up: async (db: Kysely<unknown>) => {
      await make(
        db.schema
          .createTable('log_segments')
          .addColumn('name', types.code, (column) => column.primaryKey())
          .addColumn('kind', types.code, (column) => column.notNull())
          .addColumn('from_ms', types.integer, (column) => column.notNull())
          .addColumn('until_ms', types.integer, (column) => column.notNull()),
        traits,
      )
      await make(
        db.schema
          .createTable('log_writers')
          .addColumn('writer', types.integer, (column) => column.primaryKey())
          .addColumn('last_batch', types.integer, (column) => column.notNull())
          .addColumn('seen_ms', types.integer, (column) => column.notNull()),
        traits,
      )
      await make(
        db.schema
          .createTable('log_leases')
          .addColumn('name', types.code, (column) => column.primaryKey())
          .addColumn('owner', types.integer, (column) => column.notNull())
          .addColumn('until_ms', types.integer, (column) => column.notNull()),
        traits,
      )
    },
  }
}
