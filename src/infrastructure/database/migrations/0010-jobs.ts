// Migration 0010: work in the background.
import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { make } from '../schema-step.ts'
import type { SchemaTraits } from '../traits.ts'

export function jobsMigration(traits: SchemaTraits): Migration {
  const { types } = traits
  return {
    up: async (db: Kysely<unknown>) => {
      await make(
        db.schema
          .createTable('jobs')
          .addColumn('id', types.code, (column) => column.primaryKey())
          .addColumn('kind', types.code, (column) => column.notNull())
          .addColumn('state', types.code, (column) => column.notNull())
          // The priority below zero: what goes first sorts first.
          .addColumn('turn', types.integer, (column) => column.notNull())
          .addColumn('payload', types.text, (column) => column.notNull())
          .addColumn('checkpoint_state', types.text)
          .addColumn('done', types.integer, (column) => column.notNull())
          .addColumn('total', types.integer)
          .addColumn('note', types.text, (column) => column.notNull())
          .addColumn('result', types.text)
          .addColumn('error', types.text, (column) => column.notNull())
          .addColumn('attempts', types.integer, (column) => column.notNull())
          .addColumn('max_attempts', types.integer, (column) => column.notNull())
          .addColumn('run_at_ms', types.integer, (column) => column.notNull())
          .addColumn('unique_key', types.code, (column) => column.unique())
          .addColumn('unique_until', types.code)
          .addColumn('account_id', types.code)
          .addColumn('created_by', types.name, (column) => column.notNull())
          .addColumn('cancel_requested', types.flag, (column) => column.notNull())
          .addColumn('lease_token', types.code)
          .addColumn('lease_beat', types.integer, (column) => column.notNull())
          .addColumn('created_at_ms', types.integer, (column) => column.notNull())
          .addColumn('started_at_ms', types.integer)
          .addColumn('completed_at_ms', types.integer),
        traits,
      )
      await make(db.schema.createIndex('jobs_turn').on('jobs').columns(['state', 'turn', 'id']), traits)
      await make(db.schema.createIndex('jobs_lease').on('jobs').columns(['lease_token']), traits)
      await make(db.schema.createIndex('jobs_kind').on('jobs').columns(['kind', 'state']), traits)
      await make(db.schema.createIndex('jobs_account').on('jobs').columns(['account_id', 'id']), traits)
      await make(
        db.schema
          .createTable('job_parts')
          .addColumn('job_id', types.code, (column) => column.notNull())
          .addColumn('place', types.code, (column) => column.notNull())
          .addColumn('part_index', types.integer, (column) => column.notNull())
          .addColumn('content', types.text, (column) => column.notNull())
          .addPrimaryKeyConstraint('job_parts_key', ['job_id', 'place', 'part_index']),
        traits,
      )
    },
  }
}
