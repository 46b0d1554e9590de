// Migration 0004: accounts, and who belongs to one.
import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { make } from '../schema-step.ts'
import type { SchemaTraits } from '../traits.ts'

export function accountsMigration(traits: SchemaTraits): Migration {
  const { types } = traits
  return {
    up: async (db: Kysely<unknown>) => {
      await make(
        db.schema
          .createTable('accounts')
          .addColumn('id', types.code, (column) => column.primaryKey())
          .addColumn('name', types.name, (column) => column.notNull().unique())
          .addColumn('enabled', types.flag, (column) => column.notNull())
          .addColumn('priority', types.integer, (column) => column.notNull())
          .addColumn('verification_enabled', types.flag, (column) => column.notNull())
          .addColumn('limits', types.text)
          .addColumn('bindings', types.text)
          .addColumn('created_at_ms', types.integer, (column) => column.notNull())
          .addColumn('updated_at_ms', types.integer, (column) => column.notNull()),
        traits,
      )
      for (const table of ['users', 'client_keys']) {
        await make(db.schema.alterTable(table).addColumn('account_id', types.code), traits)
        await make(db.schema.createIndex(`${table}_account`).on(table).columns(['account_id', 'id']), traits)
      }
    },
  }
}
