// MariaDB against the contracts of the store and the event store.
import { describeServerDatabase } from '../contracts/server-database.contract.ts'
import { mysql } from '../../src/infrastructure/database/mysql/driver.ts'
import { startMariadb } from '../support/servers/mariadb.ts'
import { describeWith } from '../support/servers/required.ts'

describeWith('mariadb', 'mysql', () => {
  describeServerDatabase({
    name: 'MariaDB',
    driver: mysql,
    start: startMariadb,
    setReadOnly: async (server, isReadOnly) => {
      await server.administer(`set global read_only = ${isReadOnly ? 1 : 0}`)
    },
  })
})
