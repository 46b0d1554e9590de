// The compiled enterprise build, as it is shipped: every driver is in it, it runs on every pair of stores, and it asks for shared secrets.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { AdminClient } from '../support/admin-client.ts'
import { findFreePort } from '../support/free-port.ts'
import { createSharedSecrets } from '../support/gateway.ts'
import type { ChildUnderTest } from '../support/process.ts'
import { startMariadb } from '../support/servers/mariadb.ts'
import { startPostgres } from '../support/servers/postgres.ts'
import { startRedis } from '../support/servers/redis.ts'
import { describeWith } from '../support/servers/required.ts'
import { Bundle, streamDemo } from './bundle.ts'

const OWN_SECRETS = ['JWT_SECRET', 'ENCRYPTION_KEY', 'CLIENT_KEY_PEPPER']
const PASSWORD = 'a long first password'
const START_MAX_MS = 60_000

let bundle: Bundle
beforeAll(() => {
  bundle = new Bundle('enterprise')
})
afterAll(() => bundle.folder.remove())

describe('what is in it', () => {
  test('all five drivers and their packages', () => {
    const packages = bundle.packages()
    expect(['better-sqlite3', 'bullmq', 'ioredis', 'lru-cache', 'mysql2', 'pg'].filter((name) => !packages.has(name) && !bundle.outside().includes(name))).toEqual([])
    for (const driver of ['database/sqlite', 'database/mysql', 'database/postgres', 'cache/memory', 'cache/redis'])
      expect(bundle.sources()).toContain(`src/infrastructure/${driver}/driver.ts`)
  })

  test('what the drivers would take from beside it if it were there stays out of reach', () => {
    expect(bundle.outside()).toEqual(['@node-rs/argon2', 'better-sqlite3'])
    for (const name of bundle.outside()) expect(existsSync(join(bundle.path, 'node_modules', name, 'package.json'))).toBe(true)
  })

  test('the licences of what it contains', () => {
    const notices = bundle.read('THIRD-PARTY-NOTICES.txt')
    for (const name of ['express', 'undici', 'better-sqlite3', 'mysql2', 'pg', 'ioredis', 'kysely']) expect(notices).toMatch(new RegExp(`^${name} \\d`, 'm'))
  })
})

describe('what it refuses', () => {
  test('a start without the secrets that replicas share: exit 78, all of them at once, nothing written', async () => {
    const { status, output } = await bundle.refuse({})
    expect(status).toEqual({ code: 78, signal: null })
    expect(output).toContain('3 problems')
    for (const name of OWN_SECRETS) expect(output).toContain(`${name} is not set`)
    expect(output).toContain('openssl rand -hex 32')
    expect(output).not.toMatch(/\n\s+at /)
    expect(existsSync(join(bundle.folder.path, 'refused-'))).toBe(false)
  })

  test('one missing secret together with every other problem', async () => {
    const { JWT_SECRET, ENCRYPTION_KEY } = createSharedSecrets()
    const { status, output } = await bundle.refuse({ JWT_SECRET, ENCRYPTION_KEY, DB_TYPE: 'oracle', BACKEND_PORT: 'eighty' })
    expect(status.code).toBe(78)
    for (const name of ['CLIENT_KEY_PEPPER', 'DB_TYPE', 'BACKEND_PORT']) expect(output).toMatch(new RegExp(`- ${name}\\b`))
    expect(output).not.toMatch(/- (JWT_SECRET|ENCRYPTION_KEY)\b/)
    expect(output).not.toContain(ENCRYPTION_KEY)
  })
})

/** Starts `count` replicas on the same stores, one after the other, and ends them when the work is done. */
async function withReplicas(count: number, env: NodeJS.ProcessEnv, work: (ports: readonly number[], replicas: readonly ChildUnderTest[]) => Promise<void>) {
  const shared = { ...createSharedSecrets(), HOST: '127.0.0.1', ADMIN_PASSWORD: PASSWORD, DEMO_MODE: 'on', SHUTDOWN_ANNOUNCE: '0', ...env }
  const replicas: ChildUnderTest[] = []
  const ports: number[] = []
  try {
    for (let index = 0; index < count; index++) {
      const port = await findFreePort()
      const dataDir = join(bundle.folder.path, `data-${port}`)
      const replica = bundle.start({ ...shared, BACKEND_PORT: String(port), DATA_DIR: dataDir })
      replicas.push(replica)
      ports.push(port)
      await replica.waitForOutput(/Try it|gateway\.started/)
    }
    await work(ports, replicas)
    for (const replica of replicas) {
      replica.signal('SIGTERM')
      expect(await replica.exit()).toEqual({ code: 0, signal: null })
    }
  } finally {
    for (const replica of replicas) await replica.kill()
  }
}

describe('what it does', () => {
  test('alone, on SQLite and memory: page and demo stream', () =>
    withReplicas(1, {}, async ([port]) => {
      expect(await (await fetch(`http://127.0.0.1:${port}/`, { headers: { accept: 'text/html' } })).text()).toContain('<!doctype html>')
      expect(await streamDemo(port as number)).toContain('data: [DONE]')
    }))
})

/** Both replicas serve, and what an admin does at one is there at the other. */
async function serveTogether(databaseUrl: string, redisUrl: string): Promise<void> {
  await withReplicas(2, { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl }, async (ports, replicas) => {
    for (const port of ports) expect(await streamDemo(port)).toContain('data: [DONE]')
    const [first, second] = ports.map((port) => new AdminClient(`http://127.0.0.1:${port}`)) as [AdminClient, AdminClient]
    await first.signIn('admin', PASSWORD)
    await second.signIn('admin', PASSWORD)
    const id = await first.addUpstream({ slug: 'shared', base_url: 'https://vendor.example', keys: ['sk-one'] })
    expect((await second.listKeys(id)).length).toBe(1)
    for (const { output } of replicas) expect(output).not.toMatch(/MODULE_NOT_FOUND|Cannot find (module|package)/)
  })
}

describeWith('redis', 'two replicas', () => {
  describeWith('mariadb', 'on MariaDB and Redis', () => {
    test(
      'behave like one',
      async () => {
        const [database, redis] = await Promise.all([startMariadb(), startRedis({ password: 'redis-password' })])
        try {
          await serveTogether(await database.createDatabase(), redis.url)
        } finally {
          await Promise.all([database.stop(), redis.stop()])
        }
      },
      START_MAX_MS,
    )
  })
  describeWith('postgres', 'on PostgreSQL and Redis', () => {
    test(
      'behave like one',
      async () => {
        const [database, redis] = await Promise.all([startPostgres(), startRedis({ password: 'redis-password' })])
        try {
          await serveTogether(await database.createDatabase(), redis.url)
        } finally {
          await Promise.all([database.stop(), redis.stop()])
        }
      },
      START_MAX_MS,
    )
  })
})
