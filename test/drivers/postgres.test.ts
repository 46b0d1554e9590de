// PostgreSQL against the contracts of the store and the event store.
import { describeServerDatabase } from '../contracts/server-database.contract.ts'
import { postgres } from '../../src/infrastructure/database/postgres/driver.ts'
import { startPostgres } from '../support/servers/postgres.ts'
import { describeWith } from '../support/servers/required.ts'

describeWith('postgres', 'postgres', () => {
  describeServerDatabase({
    name: 'PostgreSQL',
    driver: postgres,
    start: startPostgres,
    setReadOnly: async (server, isReadOnly) => {
      await server.administer(`alter system set default_transaction_read_only = ${isReadOnly ? 'on' : 'off'}`)
      await server.administer('select pg_reload_conf()')
    },
  })
})
