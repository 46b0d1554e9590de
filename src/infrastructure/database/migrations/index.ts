// The ordered list of migrations: a static record, so that every bundle carries it.
import type { Migration } from 'kysely/migration'
import type { ColumnTypes } from '../traits.ts'
import { initialMigration } from './0001-initial.ts'
import { keyStateSequenceMigration } from './0002-key-state-sequence.ts'
import { initialEventMigration } from './events-0001-initial.ts'

export type MigrationList = Readonly<Record<string, Migration>>

/** Names sort in the order of application; a released one never changes. */
export function coreMigrations(types: ColumnTypes): MigrationList {
  return { '0001-initial': initialMigration(types), '0002-key-state-sequence': keyStateSequenceMigration(types) }
}

export function eventMigrations(types: ColumnTypes): MigrationList {
  return { '0001-initial': initialEventMigration(types) }
}
