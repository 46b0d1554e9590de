// PostgreSQL against the contracts of the store and the event store.
import { describeServerDatabase } from '../contracts/server-database.contract.ts'
import { coreMigrations } from '../../src/infrastructure/database/migrations/index.ts'
import { createPostgresDriver, postgres } from '../../src/infrastructure/database/postgres/driver.ts'
import { postgresTraits } from '../../src/infrastructure/database/postgres/traits.ts'
import { startPostgres } from '../support/servers/postgres.ts'
import { describeWith } from '../support/servers/required.ts'

describeWith('postgres', 'postgres', () => {
  describeServerDatabase({
    name: 'PostgreSQL',
    driver: postgres,
    createDriver: createPostgresDriver,
    migrations: coreMigrations(postgresTraits),
    start: startPostgres,
  })
})
