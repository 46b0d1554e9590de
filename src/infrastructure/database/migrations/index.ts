// The ordered list of migrations: a static record, so that every bundle carries it.
import type { Migration } from 'kysely/migration'
import type { SchemaTraits } from '../traits.ts'
import { initialMigration } from './0001-initial.ts'
import { keyStateSequenceMigration } from './0002-key-state-sequence.ts'
import { clientLimitsMigration } from './0003-client-limits.ts'
import { accountsMigration } from './0004-accounts.ts'
import { auditMigration } from './0005-audit.ts'
import { routesMigration } from './0006-routes.ts'
import { balancingMigration } from './0007-balancing.ts'
import { clientRestrictionsMigration } from './0008-client-restrictions.ts'
import { jobsMigration } from './0010-jobs.ts'
import { batchesMigration } from './0011-batches.ts'
import { keyTagsMigration } from './0012-key-tags.ts'
import { budgetsMigration } from './0009-budgets.ts'
import { initialEventMigration } from './events-0001-initial.ts'
import { requestLogMigration } from './events-0002-request-log.ts'

export type MigrationList = Readonly<Record<string, Migration>>

/** Names sort in the order of application; a released one never changes. */
export function coreMigrations(traits: SchemaTraits): MigrationList {
  return {
    '0001-initial': initialMigration(traits),
    '0002-key-state-sequence': keyStateSequenceMigration(traits),
    '0003-client-limits': clientLimitsMigration(traits),
    '0004-accounts': accountsMigration(traits),
    '0005-audit': auditMigration(traits),
    '0006-routes': routesMigration(traits),
    '0007-balancing': balancingMigration(traits),
    '0008-client-restrictions': clientRestrictionsMigration(traits),
    '0009-budgets': budgetsMigration(traits),
    '0010-jobs': jobsMigration(traits),
    '0011-batches': batchesMigration(traits),
    '0012-key-tags': keyTagsMigration(traits),
  }
}

export function eventMigrations(traits: SchemaTraits): MigrationList {
  return { '0001-initial': initialEventMigration(traits), '0002-request-log': requestLogMigration(traits) }
}
