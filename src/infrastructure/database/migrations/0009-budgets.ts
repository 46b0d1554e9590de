// Migration 0009: budgets of client keys and accounts, and what was spent of them.
import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { make } from '../schema-step.ts'
import type { SchemaTraits } from '../traits.ts'

export function budgetsMigration(traits: SchemaTraits): Migration {
  const { types } = traits
  return {
    up: async (db: Kysely<unknown>) => {
      for (const table of ['client_keys', 'accounts']) await make(db.schema.alterTable(table).addColumn('budget', types.text), traits)
      await make(
        db.schema
          .createTable('budget_spending')
          .addColumn('id', types.code, (column) => column.primaryKey())
          .addColumn('spent', types.integer, (column) => column.notNull())
          .addColumn('ends_at_ms', types.integer, (column) => column.notNull()),
        traits,
      )
      await make(db.schema.createIndex('budget_spending_end').on('budget_spending').column('ends_at_ms'), traits)
      await make(
        db.schema
          .createTable('budget_writers')
          .addColumn('id', types.code, (column) => column.primaryKey())
          .addColumn('last_write', types.integer, (column) => column.notNull())
          .addColumn('seen_at_ms', types.integer, (column) => column.notNull()),
        traits,
      )
    },
  }
}
