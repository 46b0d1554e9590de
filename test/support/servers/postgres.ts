// Owns a real PostgreSQL for tests: TCP, passwords, a user that is no superuser, durable commits.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { getBinary } from './find-server.ts'
import { DATABASE_PASSWORD, type RunningDatabase } from './mariadb.ts'
import type { Certificate } from '../certificates.ts'
import { startServer, writeCertificate } from './server-process.ts'
import { copyTemplate } from './templates.ts'

const SMALL = ['shared_buffers=32MB', 'max_connections=200', 'max_wal_size=256MB', 'autovacuum=off', 'fsync=on']

/** @param options.settings more settings of postgresql.conf, e.g. `max_connections=10` */
export async function startPostgres(options: { settings?: readonly string[]; port?: number; tls?: Certificate } = {}): Promise<RunningDatabase> {
  const settings = [...SMALL, ...(options.settings ?? [])].flatMap((setting) => ['-c', setting])
  const server = await startServer({
    server: 'postgres',
    port: options.port,
    // Fast shutdown: cuts the clients instead of waiting for them.
    stopSignal: 'SIGINT',
    prepare: async (folder) => {
      copyTemplate('postgres', 'postgres', folder, (into) => {
        writeFileSync(join(into, 'password'), DATABASE_PASSWORD, { mode: 0o644 })
        return [
          getBinary('initdb'),
          '--no-sync',
          '--username=admin',
          `--pwfile=${into}/password`,
          '--auth=scram-sha-256',
          '--encoding=UTF8',
          '--locale=C.UTF-8',
          `--pgdata=${into}/data`,
        ]
      })
      if (options.tls !== undefined) writeCertificate('postgres', folder, options.tls)
    },
    command: (folder, port) => [
      getBinary('postgres'),
      '-D',
      `${folder}/data`,
      '-p',
      String(port),
      '-c',
      'listen_addresses=127.0.0.1',
      '-c',
      'unix_socket_directories=',
      ...(options.tls === undefined ? [] : ['-c', 'ssl=on', '-c', `ssl_cert_file=${folder}/server.crt`, '-c', `ssl_key_file=${folder}/server.key`]),
      ...settings,
    ],
    container: {
      image: 'postgres:15',
      portInside: 5432,
      environment: { POSTGRES_USER: 'admin', POSTGRES_PASSWORD: DATABASE_PASSWORD },
      args: settings,
    },
    probe: async (port) => {
      await run(port, 'postgres', 'select 1')
    },
  })
  const administer: RunningDatabase['administer'] = (statement, database) => run(server.port, database ?? 'postgres', statement)
  await administer(`do $$ begin create role akr login password '${DATABASE_PASSWORD}'; exception when duplicate_object then null; end $$`)
  let made = 0
  const url = (database: string): string => `postgres://akr:${DATABASE_PASSWORD}@127.0.0.1:${server.port}/${database}`
  const createDatabase = async (): Promise<string> => {
    const name = `akr_${++made}`
    await administer(`create database ${name} owner akr`)
    return url(name)
  }
  return Object.assign(server, { url, createDatabase, administer })
}

async function run(port: number, database: string, statement: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ host: '127.0.0.1', port, user: 'admin', password: DATABASE_PASSWORD, database, connectionTimeoutMillis: 5_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    return (await client.query(statement)).rows as Record<string, unknown>[]
  } finally {
    await client.end().catch(() => {})
  }
}
