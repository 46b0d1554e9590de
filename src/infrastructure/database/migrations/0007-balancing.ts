// Migration 0007: how upstreams share their requests between targets, and when a target is left out.
import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { make } from '../schema-step.ts'
import type { SchemaTraits } from '../traits.ts'

export function balancingMigration(traits: SchemaTraits): Migration {
  const { types } = traits
  return {
    up: async (db: Kysely<unknown>) => {
      // A replica of the version before writes rows without it for as long as a rolling update takes.
      await make(
        db.schema.alterTable('upstreams').addColumn('balance', types.code, (column) => column.notNull().defaultTo('round_robin')),
        traits,
      )
      await make(db.schema.alterTable('upstreams').addColumn('health_check', types.text), traits)
      await make(db.schema.alterTable('upstreams').addColumn('circuit_breaker', types.text), traits)
    },
  }
}
