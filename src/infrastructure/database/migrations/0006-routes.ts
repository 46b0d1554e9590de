// Migration 0006: routes.
import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { make } from '../schema-step.ts'
import type { SchemaTraits } from '../traits.ts'

export function routesMigration(traits: SchemaTraits): Migration {
  const { types } = traits
  return {
    up: async (db: Kysely<unknown>) => {
      await make(
        db.schema
          .createTable('routes')
          .addColumn('id', types.code, (column) => column.primaryKey())
          .addColumn('name', types.name, (column) => column.notNull())
          .addColumn('enabled', types.flag, (column) => column.notNull())
          .addColumn('priority', types.integer, (column) => column.notNull())
          .addColumn('mode', types.code, (column) => column.notNull())
          // `match` and `path` apart: people search for paths, and MATCH is a word of SQL.
          .addColumn('path', types.text, (column) => column.notNull())
          .addColumn('conditions', types.text, (column) => column.notNull())
          .addColumn('action_json', types.text, (column) => column.notNull())
          .addColumn('rewrite', types.text)
          .addColumn('requires_client_key', types.flag, (column) => column.notNull())
          .addColumn('rate_limit', types.text)
          .addColumn('timeout_ms', types.integer)
          .addColumn('created_at_ms', types.integer, (column) => column.notNull())
          .addColumn('updated_at_ms', types.integer, (column) => column.notNull()),
        traits,
      )
    },
  }
}
