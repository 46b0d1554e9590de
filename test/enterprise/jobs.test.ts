// Jobs where the database is a server: started, seen, run to their end and shown, whichever replica is asked.
import { afterEach, describe, expect, test } from '@jest/globals'
import { createSharedSecrets, type Gateway, startGateway } from '../support/gateway.ts'
import { startMariadb } from '../support/servers/mariadb.ts'
import { startPostgres } from '../support/servers/postgres.ts'
import { isAvailable } from '../support/servers/find-server.ts'
import { until } from '../support/until.ts'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

describe.each([
  ['mariadb', startMariadb],
  ['postgres', startPostgres],
] as const)('%s', (name, start) => {
  const onServer = isAvailable(name) || process.env.REQUIRE_DRIVERS === 'all' ? test : test.skip

  onServer(
    'a validation and a backup are done, and either replica shows them',
    async () => {
      const server = (await start({}))
      closers.push(() => server.stop())
      const env = { ...createSharedSecrets(), DATABASE_URL: await server.createDatabase() }
      const first = await startGateway({ build: 'enterprise', env })
      closers.push(() => first.close())
      const second = await startGateway({ build: 'enterprise', env: { ...env, ADMIN_PASSWORD: first.adminPassword } })
      closers.push(() => second.close())
      const upstream = await first.addUpstream({ slug: 'validated', base_url: 'http://127.0.0.1:8081', keys: ['sk-a-key-of-nobody-0123456789'] })
      for (const [kind, payload] of [
        ['key_validation', { upstream_id: upstream }],
        ['backup', {}],
      ] as const) {
        const { id } = await first.admin.expectOk('POST', '/jobs', { kind, payload })
        const stateAt = async (gateway: Gateway): Promise<string> => String((await gateway.admin.expectOk('GET', `/jobs/${id}`)).status)
        await until(async () => (await stateAt(second)) === 'succeeded')
        expect(await stateAt(first)).toBe('succeeded')
        const { data } = await second.admin.expectOk('GET', '/jobs?limit=100')
        expect((data as { id: string; kind: string }[]).filter((job) => job.id === id)).toMatchObject([{ kind }])
      }
      expect((await first.admin.expectOk('GET', '/jobs/stats')).by_kind).toMatchObject({ key_validation: { succeeded: 1 }, backup: { succeeded: 1 } })
    },
    90_000,
  )
})
