// What a database on a server promises when things go wrong: starting together, cut migrations, frozen, read-only, full of connections.
import { describe, expect, test } from '@jest/globals'
import { Secret } from '../../src/domain/secret.ts'
import { StartupError } from '../../src/errors.ts'
import { openKeyVault } from '../../src/infrastructure/crypto/open-key-vault.ts'
import { systemRandom } from '../../src/infrastructure/system.ts'
import { limits } from '../../src/limits.ts'
import { StoreUnavailableError } from '../../src/ports/store.ts'
import type { Store } from '../../src/ports/store.ts'
import { openFaultProxy, type FaultProxy } from '../support/fault-proxy.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { aKey, anUpstream } from '../support/rows.ts'
import type { RunningDatabase } from '../support/servers/mariadb.ts'
import { openWith, type OpenedDatabase, type ServerDatabaseUnderTest } from './server-database.contract.ts'

/** A call and a reconnection, on a machine that does other things too. */
const ANSWER_MS_MAX = limits.databaseQueryMs + limits.databaseAcquireMs + 1_000

export function describeServerFaults(subject: ServerDatabaseUnderTest, server: () => RunningDatabase): void {
  const open = async (url?: string): Promise<OpenedDatabase> => openWith(subject.driver, url ?? (await server().createDatabase()))

  describe(`${subject.name}: several processes`, () => {
    test('four that start at once on an empty database migrate it once and get one data key', async () => {
      const url = await server().createDatabase()
      const opened = await Promise.all([open(url), open(url), open(url), open(url)])
      const encryption = new Secret('an encryption key that is long enough')
      const vaults = await Promise.all(opened.map(({ store }) => openKeyVault({ store, encryption, random: systemRandom })))
      const context = { table: 't', column: 'c', tenant: 'default', id: 'x' } as const
      const sealed = vaults.map((vault, i) => vault.seal(new Secret(`value ${i}`), context))
      for (const vault of vaults) expect(sealed.map((text) => vault.open(text, context).reveal())).toEqual(sealed.map((_, i) => `value ${i}`))
      const versions = await Promise.all(opened.flatMap(({ store }) => Array.from({ length: 10 }, () => store.settings.bumpConfigVersion())))
      expect(new Set(versions).size).toBe(40)
      await Promise.all(opened.map((database) => database.close()))
    })

    test('read, decide, write of two stores at once loses no update, and one that holds on makes the other repeat', async () => {
      const url = await server().createDatabase()
      const [one, two] = await Promise.all([open(url), open(url)])
      await one.store.settings.set('total', '0')
      const add = ({ store }: OpenedDatabase): Promise<void> =>
        store.transaction(async ({ settings }) => settings.set('total', String(Number(await settings.get('total')) + 1)))
      await Promise.all(Array.from({ length: 20 }, (_, i) => add(i % 2 === 0 ? one : two)))
      expect(await two.store.settings.get('total')).toBe('20')

      const isHeld = Promise.withResolvers<void>()
      const release = Promise.withResolvers<void>()
      const holding = one.store.transaction(async ({ settings }) => {
        await settings.set('total', '100')
        isHeld.resolve()
        await release.promise
      })
      await isHeld.promise
      const waiting = add(two)
      setTimeout(release.resolve, limits.databaseLockMs * 1.5)
      await Promise.all([holding, waiting])
      expect(await two.store.settings.get('total')).toBe('101')
      await Promise.all([one.close(), two.close()])
    })

    test('100,000 keys are read while others write, though no statement may take long', async () => {
      const { store, close } = await open()
      const upstream = anUpstream()
      await store.upstreams.insert(upstream)
      const all = Array.from({ length: 100_000 }, () => aKey(upstream.id))
      await store.keys.insertMany(all)
      const reading = store.keys.listSealed()
      await store.settings.bumpConfigVersion()
      await store.keys.remove(all[99_999]?.id as string)
      const read = await reading
      // One state of the database, whichever it was.
      expect([99_999, 100_000]).toContain(read.length)
      expect(read[0]).toEqual(all[0])
      expect(await store.keys.removeAll(upstream.id)).toBe(99_999)
      await close()
    }, 120_000)
  })

  describe(`${subject.name}: a migration that is cut short`, () => {
    test('is finished by the next start, wherever it was cut', async () => {
      const whole = await server().createDatabase()
      await (await open(whole)).close()
      const schema = await readSchema(server(), whole)
      expect(schema.length).toBeGreaterThan(50)
      const proxy = await openFaultProxy({ port: server().port })
      let cuts = 0
      for (let cutAt = 1; cutAt <= 20; cutAt++) {
        const url = await server().createDatabase()
        let seen = 0
        await proxy.switch({ mode: 'cut-reply-to', text: 'create ', chance: () => ++seen === cutAt })
        const first = await open(through(proxy, url)).catch((error: unknown) => error)
        if (first instanceof Error) {
          cuts++
          expect(first).toMatchObject({ exitCode: 69 })
        } else {
          await (first as OpenedDatabase).close()
        }
        await (await open(url)).close()
        expect(await readSchema(server(), url)).toEqual(schema)
      }
      expect(cuts).toBeGreaterThan(10)
      await proxy.close()
    }, 120_000)
  })

  describe(`${subject.name}: a server that fails`, () => {
    test('frozen: calls are refused in time, it is used again as soon as it answers, and no connection is left behind', async () => {
      const { store, close } = await open()
      const before = await countConnections(server())
      for (let flap = 0; flap < 3; flap++) {
        await Promise.all(Array.from({ length: 30 }, () => store.users.count()))
        server().freeze()
        const startedMs = performance.now()
        const outcomes = await Promise.allSettled([...Array.from({ length: 30 }, () => store.users.count()), store.settings.set('a', '1')])
        const tookMs = performance.now() - startedMs
        server().thaw()
        for (const outcome of outcomes) expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(StoreUnavailableError) })
        expect(tookMs).toBeLessThan(ANSWER_MS_MAX)
        await recovered(store)
      }
      await until(async () => (await countConnections(server())) <= before + limits.databaseConnections)
      await close()
    }, 60_000)

    test('a reply that is late never becomes the answer to another call', async () => {
      const proxy = await openFaultProxy({ port: server().port })
      const { store, close } = await open(through(proxy, await server().createDatabase()))
      for (let i = 0; i < 20; i++) await store.settings.set(`name-${i}`, `value-${i}`)
      await proxy.switch({ mode: 'latency', ms: limits.databaseQueryMs + 200 })
      expect(await Promise.allSettled([store.settings.get('name-0')])).toMatchObject([{ status: 'rejected' }])
      await proxy.switch({ mode: 'pass' })
      await recovered(store)
      const values = await Promise.all(Array.from({ length: 20 }, (_, i) => store.settings.get(`name-${i}`)))
      expect(values).toEqual(Array.from({ length: 20 }, (_, i) => `value-${i}`))
      await close()
      await proxy.close()
    })

    test('connections that were cut while idle cost nobody an error', async () => {
      const proxy = await openFaultProxy({ port: server().port })
      const { store, clock, close } = await open(through(proxy, await server().createDatabase()))
      await Promise.all(Array.from({ length: 20 }, () => store.users.count()))
      await proxy.switch({ mode: 'hang' })
      await proxy.switch({ mode: 'pass' })
      proxy.cutAll()
      clock.advance(2_000)
      await until(async () => proxy.openConnections === 0)
      expect(await Promise.all(Array.from({ length: 20 }, () => store.users.count()))).toEqual(Array.from({ length: 20 }, () => 0))
      await close()
      await proxy.close()
    })

    test('read-only: writes are refused as an outage, and go on at once when another server takes over', async () => {
      const { store, close } = await open()
      await store.settings.set('a', '1')
      await subject.setReadOnly(server(), true)
      await until(async () =>
        store.settings.set('a', '2').then(
          () => false,
          (error: unknown) => {
            expect(error).toBeInstanceOf(StoreUnavailableError)
            return true
          },
        ),
      )
      await subject.setReadOnly(server(), false)
      await until(async () =>
        store.settings.set('a', '3').then(
          () => true,
          () => false,
        ),
      )
      expect(await store.settings.get('a')).toBe('3')
      await close()
    })
  })

  describe(`${subject.name}: what a start refuses`, () => {
    const refusal = async (change: (url: URL) => void): Promise<StartupError> => {
      const url = new URL(await server().createDatabase())
      change(url)
      const error = await subject.driver.open(new Secret(url.href), { clock: new FakeClock(), role: 'server' }).catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(StartupError)
      expect((error as Error).message).not.toContain(url.password)
      return error as StartupError
    }
    test.each<[string, (url: URL) => void, number, RegExp]>([
      ['a wrong password', (url) => (url.password = 'no-such-password'), 78, /refuses the user "akr" or its password/],
      ['an unknown database', (url) => (url.pathname = '/akr_none'), 78, /has no database "akr_none"/],
      ['an unknown option', (url) => url.searchParams.set('pool', '3'), 78, /the option "pool", which is not known. Known are ssl, sslCa, poolMax/],
      ['a wrong number', (url) => url.searchParams.set('poolMax', '0'), 78, /poolMax=0; write a whole number/],
      [
        'TLS where there is none',
        (url) => {
          url.hostname = 'localhost'
          url.searchParams.set('ssl', 'true')
        },
        78,
        /offers no TLS/,
      ],
      ['an authority that is not there', (url) => url.searchParams.set('sslCa', '/none.pem'), 78, /sslCa of DATABASE_URL cannot be read/],
      ['no database', (url) => (url.pathname = '/'), 78, /names no database/],
      ['a port where nobody listens', (url) => (url.port = '1'), 69, /cannot be reached/],
    ])('%s', async (_, change, exitCode, message) => {
      const error = await refusal(change)
      expect(error.message).toMatch(message)
      expect(error.exitCode).toBe(exitCode)
    })
  })
}

function through(proxy: FaultProxy, url: string): string {
  const changed = new URL(url)
  changed.port = String(proxy.port)
  return changed.href
}

async function readSchema(server: RunningDatabase, url: string): Promise<readonly string[]> {
  const name = new URL(url).pathname.slice(1)
  const place = url.startsWith('mysql') ? `table_schema = '${name}'` : `table_schema = 'public'`
  const columns = await server.administer(
    `select table_name as t, column_name as c, data_type as d, is_nullable as n from information_schema.columns where ${place}`,
    name,
  )
  const indexes = url.startsWith('mysql')
    ? await server.administer(
        `select table_name as t, index_name as c, column_name as d, seq_in_index as n from information_schema.statistics where ${place}`,
        name,
      )
    : await server.administer(`select tablename as t, indexdef as c from pg_indexes where schemaname = 'public'`, name)
  const counters = await server.administer('select name as t, value as c from counters', name)
  return [...columns, ...indexes, ...counters].map((row) => JSON.stringify(row)).sort()
}

async function countConnections(server: RunningDatabase): Promise<number> {
  const rows = server.url('x').startsWith('mysql')
    ? await server.administer(`select count(*) as n from information_schema.processlist where user = 'akr'`)
    : await server.administer(`select count(*) as n from pg_stat_activity where usename = 'akr'`)
  return Number(rows[0]?.n)
}

async function recovered(store: Store): Promise<void> {
  await until(async () =>
    store.ping().then(
      () => true,
      () => false,
    ),
  )
}

async function until(isTrue: () => Promise<boolean>, timeoutMs = 5_000): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs
  while (!(await isTrue())) {
    if (performance.now() > deadlineMs) throw new Error(`not so after ${timeoutMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
