// MariaDB against the contracts of the store and the event store.
import { describeServerDatabase } from '../contracts/server-database.contract.ts'
import { createMysqlDriver, mysql } from '../../src/infrastructure/database/mysql/driver.ts'
import { coreMigrations } from '../../src/infrastructure/database/migrations/index.ts'
import { mysqlTraits } from '../../src/infrastructure/database/mysql/traits.ts'
import { startMariadb } from '../support/servers/mariadb.ts'
import { describeWith } from '../support/servers/required.ts'

describeWith('mariadb', 'mysql', () => {
  describeServerDatabase({
    name: 'MariaDB',
    driver: mysql,
    createDriver: createMysqlDriver,
    migrations: coreMigrations(mysqlTraits),
    start: startMariadb,
  })
})
