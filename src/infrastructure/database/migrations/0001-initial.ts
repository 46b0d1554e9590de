// Migration 0001: the tables of the first release.
import type { Migration } from 'kysely/migration'
import type { Kysely } from 'kysely'
import { make, makeCounter } from '../schema-step.ts'
import type { SchemaTraits } from '../traits.ts'

export function initialMigration(traits: SchemaTraits): Migration {
  return {
    up: async (db: Kysely<unknown>) => {
      await createUpstreams(db, traits)
      await createUpstreamKeys(db, traits)
      await createClientKeys(db, traits)
      await createUsers(db, traits)
      await createSmallTables(db, traits)
    },
  }
}

async function createUpstreams(db: Kysely<unknown>, traits: SchemaTraits): Promise<void> {
  const { types } = traits
  await make(
    db.schema
      .createTable('upstreams')
      .addColumn('id', types.code, (column) => column.primaryKey())
      .addColumn('slug', types.code, (column) => column.notNull().unique())
      .addColumn('name', types.name, (column) => column.notNull())
      .addColumn('kind', types.code, (column) => column.notNull())
      .addColumn('adapter', types.code, (column) => column.notNull())
      .addColumn('targets', types.text, (column) => column.notNull())
      .addColumn('key_placement', types.text, (column) => column.notNull())
      .addColumn('enabled', types.flag, (column) => column.notNull())
      .addColumn('strategy', types.code, (column) => column.notNull())
      .addColumn('max_attempts', types.integer, (column) => column.notNull())
      .addColumn('timeouts', types.text, (column) => column.notNull())
      .addColumn('retry_ambiguous', types.flag, (column) => column.notNull())
      .addColumn('managed_by', types.code, (column) => column.notNull())
      .addColumn('created_at_ms', types.integer, (column) => column.notNull())
      .addColumn('updated_at_ms', types.integer, (column) => column.notNull()),
    traits,
  )
}

async function createUpstreamKeys(db: Kysely<unknown>, traits: SchemaTraits): Promise<void> {
  const { types } = traits
  await make(
    db.schema
      .createTable('upstream_keys')
      .addColumn('id', types.code, (column) => column.primaryKey())
      .addColumn('upstream_id', types.code, (column) => column.notNull())
      .addColumn('label', types.name, (column) => column.notNull())
      .addColumn('weight', types.integer, (column) => column.notNull())
      .addColumn('tier', types.integer, (column) => column.notNull())
      .addColumn('quota_group', types.name, (column) => column.notNull())
      .addColumn('limits', types.text, (column) => column.notNull())
      .addColumn('masked', types.name, (column) => column.notNull())
      .addColumn('fingerprint', types.code, (column) => column.notNull())
      .addColumn('sealed_value', types.text, (column) => column.notNull())
      .addColumn('value_digest', types.code, (column) => column.notNull())
      .addColumn('state', types.code, (column) => column.notNull())
      .addColumn('reason', types.text, (column) => column.notNull())
      .addColumn('until_ms', types.integer)
      .addColumn('changed_at_ms', types.integer, (column) => column.notNull())
      .addColumn('created_at_ms', types.integer, (column) => column.notNull())
      .addColumn('updated_at_ms', types.integer, (column) => column.notNull())
      .addColumn('last_used_at_ms', types.integer)
      .addForeignKeyConstraint('upstream_keys_upstream', ['upstream_id'], 'upstreams', ['id'], (constraint) => constraint.onDelete('cascade'))
      .addUniqueConstraint('upstream_keys_value', ['upstream_id', 'value_digest']),
    traits,
  )
  await make(db.schema.createIndex('upstream_keys_order').on('upstream_keys').columns(['upstream_id', 'id']), traits)
}

async function createClientKeys(db: Kysely<unknown>, traits: SchemaTraits): Promise<void> {
  const { types } = traits
  await make(
    db.schema
      .createTable('client_keys')
      .addColumn('id', types.code, (column) => column.primaryKey())
      .addColumn('name', types.name, (column) => column.notNull())
      .addColumn('source', types.code, (column) => column.notNull())
      .addColumn('digest', types.code, (column) => column.notNull().unique())
      .addColumn('masked', types.name, (column) => column.notNull())
      .addColumn('upstreams', types.text)
      .addColumn('expires_at_ms', types.integer)
      .addColumn('revoked_at_ms', types.integer)
      .addColumn('created_at_ms', types.integer, (column) => column.notNull())
      .addColumn('updated_at_ms', types.integer, (column) => column.notNull())
      .addColumn('last_used_at_ms', types.integer)
      .addColumn('previous_digest', types.code)
      .addColumn('previous_until_ms', types.integer),
    traits,
  )
}

async function createUsers(db: Kysely<unknown>, traits: SchemaTraits): Promise<void> {
  const { types } = traits
  await make(
    db.schema
      .createTable('users')
      .addColumn('id', types.code, (column) => column.primaryKey())
      .addColumn('username', types.name, (column) => column.notNull())
      .addColumn('username_key', types.name, (column) => column.notNull().unique())
      .addColumn('role', types.code, (column) => column.notNull())
      .addColumn('enabled', types.flag, (column) => column.notNull())
      .addColumn('token_version', types.integer, (column) => column.notNull())
      .addColumn('password_hash', types.text, (column) => column.notNull())
      .addColumn('created_at_ms', types.integer, (column) => column.notNull())
      .addColumn('updated_at_ms', types.integer, (column) => column.notNull()),
    traits,
  )
  await make(
    db.schema
      .createTable('login_failures')
      .addColumn('account', types.name, (column) => column.notNull())
      .addColumn('network', types.code, (column) => column.notNull())
      .addColumn('failures', types.integer, (column) => column.notNull())
      .addColumn('first_at_ms', types.integer, (column) => column.notNull())
      .addPrimaryKeyConstraint('login_failures_key', ['account', 'network']),
    traits,
  )
  await make(db.schema.createIndex('login_failures_age').on('login_failures').column('first_at_ms'), traits)
}

async function createSmallTables(db: Kysely<unknown>, traits: SchemaTraits): Promise<void> {
  const { types } = traits
  await make(
    db.schema
      .createTable('settings')
      .addColumn('name', types.code, (column) => column.primaryKey())
      .addColumn('value', types.text, (column) => column.notNull()),
    traits,
  )
  await make(
    db.schema
      .createTable('counters')
      .addColumn('name', types.code, (column) => column.primaryKey())
      .addColumn('value', types.integer, (column) => column.notNull()),
    traits,
  )
  await makeCounter(db, 'config_version')
  await make(
    db.schema
      .createTable('idempotency')
      .addColumn('request_key', types.name, (column) => column.primaryKey())
      .addColumn('request_digest', types.code, (column) => column.notNull())
      .addColumn('status', types.integer, (column) => column.notNull())
      .addColumn('body', types.text, (column) => column.notNull())
      .addColumn('created_at_ms', types.integer, (column) => column.notNull()),
    traits,
  )
  await make(db.schema.createIndex('idempotency_age').on('idempotency').column('created_at_ms'), traits)
}
