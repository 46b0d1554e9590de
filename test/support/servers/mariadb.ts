// Owns a real MariaDB for tests: TCP, a user without special rights, durable commits.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createConnection } from 'mysql2/promise'
import { getBinary } from './find-server.ts'
import type { Certificate } from '../certificates.ts'
import { startServer, writeCertificate, type RunningServer } from './server-process.ts'
import { copyTemplate } from './templates.ts'

export const DATABASE_PASSWORD = 'akr-test-password'

export interface RunningDatabase extends RunningServer {
  /** As the user that the gateway has: everything in databases called akr_…, nothing else. */
  url(database: string): string
  /** An empty database of its own. */
  createDatabase(): Promise<string>
  /** Runs one statement as the administrator, e.g. to switch the server to read-only. */
  administer(statement: string, database?: string): Promise<readonly Record<string, unknown>[]>
}

// Runs at every start; `administer` needs its rights for read_only, KILL and the like.
const USERS = [
  `CREATE USER IF NOT EXISTS 'admin'@'%' IDENTIFIED BY '${DATABASE_PASSWORD}';`,
  `GRANT ALL PRIVILEGES ON *.* TO 'admin'@'%' WITH GRANT OPTION;`,
  `CREATE USER IF NOT EXISTS 'akr'@'%' IDENTIFIED BY '${DATABASE_PASSWORD}';`,
  "GRANT ALL PRIVILEGES ON `akr\\_%`.* TO 'akr'@'%';",
]

const SMALL = ['--innodb-buffer-pool-size=64M', '--innodb-log-file-size=32M', '--key-buffer-size=1M', '--performance-schema=OFF', '--max-allowed-packet=64M']
const DURABLE = ['--innodb-flush-log-at-trx-commit=1', '--skip-log-bin', '--skip-name-resolve', '--max-connections=200']

/** @param options.args more options of mariadbd, e.g. `--max-connections=5` */
export async function startMariadb(options: { args?: readonly string[]; port?: number; tls?: Certificate } = {}): Promise<RunningDatabase> {
  const args = [...SMALL, ...DURABLE, ...(options.args ?? [])]
  const server = await startServer({
    server: 'mariadb',
    port: options.port,
    prepare: async (folder) => {
      copyTemplate('mariadb', 'mariadbd', folder, (into) => [
        getBinary('mariadb-install-db'),
        '--no-defaults',
        `--datadir=${into}`,
        `--tmpdir=${into}`,
        '--auth-root-authentication-method=normal',
        '--skip-test-db',
        '--skip-name-resolve',
        '--innodb-log-file-size=32M',
        '--innodb-flush-method=nosync',
      ])
      if (options.tls !== undefined) writeCertificate('mariadb', folder, options.tls)
      writeFileSync(join(folder, 'users.sql'), `${USERS.join('\n')}\n`, { mode: 0o644 })
    },
    command: (folder, port) => [
      getBinary('mariadbd'),
      '--no-defaults',
      `--datadir=${folder}`,
      // A server that starts removes the temporary tables that it finds, its neighbours' as well.
      `--tmpdir=${folder}`,
      `--socket=${folder}/s`,
      `--pid-file=${folder}/pid`,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      `--init-file=${folder}/users.sql`,
      ...(options.tls === undefined ? [] : [`--ssl-cert=${folder}/server.crt`, `--ssl-key=${folder}/server.key`]),
      ...args,
    ],
    container: { image: 'mariadb:10.11', portInside: 3306, environment: { MARIADB_ROOT_PASSWORD: DATABASE_PASSWORD }, args },
    probe: async (port) => {
      const connection = await connect(port)
      await connection.query('select 1')
      await connection.end()
    },
  })
  const administer: RunningDatabase['administer'] = async (statement, database) => {
    const connection = await connect(server.port, database)
    try {
      const [rows] = await connection.query(statement)
      return Array.isArray(rows) ? (rows as Record<string, unknown>[]) : []
    } finally {
      await connection.end()
    }
  }
  let made = 0
  const url = (database: string): string => `mysql://akr:${DATABASE_PASSWORD}@127.0.0.1:${server.port}/${database}`
  const createDatabase = async (): Promise<string> => {
    const name = `akr_${++made}`
    await administer(`CREATE DATABASE ${name}`)
    return url(name)
  }
  return Object.assign(server, { url, createDatabase, administer })
}

async function connect(port: number, database?: string): Promise<Awaited<ReturnType<typeof createConnection>>> {
  return createConnection({ host: '127.0.0.1', port, user: 'admin', password: DATABASE_PASSWORD, connectTimeout: 5_000, ...(database && { database }) })
}
