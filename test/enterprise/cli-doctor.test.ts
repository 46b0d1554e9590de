// Owns `akr doctor` on a whole stack: real servers, two replicas, and proxies in front that do what they should not.
import { createServer, request as sendRequest, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { akr } from '../support/command.ts'
import { createTemporaryFolder, findFreePort } from '../support/free-port.ts'
import { createSharedSecrets, startGateway, type Gateway } from '../support/gateway.ts'
import { startMariadb, type RunningDatabase } from '../support/servers/mariadb.ts'
import { startPostgres } from '../support/servers/postgres.ts'
import { startRedis } from '../support/servers/redis.ts'
import { describeWith } from '../support/servers/required.ts'

interface Finding {
  readonly name: string
  readonly status: 'pass' | 'warn' | 'fail'
  readonly detail: string
}

interface Diagnosis {
  readonly code: number
  of(name: string): readonly Finding[]
}

const secrets: Record<string, string> = { ...createSharedSecrets() }
const folder = createTemporaryFolder('akr-doctor')
afterAll(() => folder.remove())

async function diagnose(env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Diagnosis> {
  const ended = await akr(['doctor', '--json', ...args], { ...secrets, DATA_DIR: folder.path, ...env })
  const findings = JSON.parse(ended.out) as Finding[]
  return { code: ended.code, of: (name) => findings.filter((finding) => finding.name === name) }
}

/** A proxy on a port of its own; `hold` gives answers on when they are complete. */
async function startProxy(port: number, hold: boolean): Promise<Server> {
  const proxy = createServer((request, response) => {
    const { method, url, headers } = request
    const passed = sendRequest({ host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      if (!hold) return void answer.pipe(response)
      const pieces: Buffer[] = []
      answer.on('data', (piece: Buffer) => pieces.push(piece))
      answer.on('end', () => response.end(Buffer.concat(pieces)))
    })
    request.pipe(passed)
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  return proxy
}

const urlOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`

describeWith('mariadb', 'MariaDB', () => {
  let mariadb: RunningDatabase
  beforeAll(async () => void (mariadb = await startMariadb()), 120_000)
  afterAll(async () => mariadb?.stop())

  test('says version, schema and rights; changes nothing; names what is wrong', async () => {
    const url = await mariadb.createDatabase()
    const fresh = await diagnose({ DATABASE_URL: url })
    expect(fresh.of('database')).toEqual([
      { name: 'database', status: 'pass', detail: expect.stringMatching(/^MariaDB 10\.\d+\.\d+, no schema yet, .*max_connections 200/) as unknown },
    ])
    expect(fresh.of('schema')[0]?.detail).toMatch(/migrations to come/)
    expect(await mariadb.administer('show tables', new URL(url).pathname.slice(1))).toEqual([])
    expect(fresh.of('encryption key')).toEqual([])

    await akr(['upstream', 'add', 'empty', '--base-url', 'https://example.com'], { ...secrets, DATA_DIR: folder.path, DATABASE_URL: url })
    const used = await diagnose({ DATABASE_URL: url })
    expect(used.of('database')[0]?.detail).toMatch(/schema \d{4}-[\w-]+ \(up to date\)/)
    expect(used.of('encryption key')[0]?.status).toBe('pass')
    expect(used.of('key pools')[0]).toMatchObject({ status: 'warn', detail: expect.stringMatching(/^empty has no ready key/) as unknown })
    expect(used.of('clock').map(({ status }) => status)).toEqual(['pass'])
    expect(used.of('cache')[0]).toMatchObject({ status: 'warn', detail: expect.stringContaining('several replicas') as unknown })

    const other = await diagnose({ DATABASE_URL: url, ENCRYPTION_KEY: createSharedSecrets().ENCRYPTION_KEY })
    expect([other.code, other.of('encryption key')[0]?.status]).toEqual([1, 'fail'])
    const admin = await diagnose({ DATABASE_URL: url.replace('akr:', 'admin:') })
    expect(admin.of('database').at(-1)).toMatchObject({ status: 'warn', detail: expect.stringMatching(/more than it needs.*ALL PRIVILEGES/) as unknown })
    await mariadb.administer('set global read_only = 1')
    const readOnly = await diagnose({ DATABASE_URL: url })
    await mariadb.administer('set global read_only = 0')
    expect(readOnly.of('database')).toContainEqual(expect.objectContaining({ status: 'fail', detail: expect.stringContaining('read-only') as unknown }))
    const gone = await diagnose({ DATABASE_URL: `mysql://akr:wrong-but-long-4711@127.0.0.1:${await findFreePort()}/akr_1` })
    expect([gone.code, gone.of('database')[0]?.status]).toEqual([1, 'fail'])
  }, 60_000)
})

describeWith('redis', 'Redis', () => {
  test.each([
    ['allkeys-lru', 'fail'],
    ['volatile-lru', 'warn'],
    ['noeviction', 'pass'],
  ])('maxmemory-policy %s: %s', async (policy, status) => {
    const redis = await startRedis({ config: { 'maxmemory-policy': policy, maxmemory: '64mb', appendonly: 'yes' }, password: 'redis-Pass-4711-long' })
    try {
      const { of } = await diagnose({ REDIS_URL: redis.url })
      expect(of('cache')[0]?.detail).toMatch(/^Redis 7\.\d+\.\d+, .* ms, appendonly yes, maxmemory-policy .*, \d+ MiB of 64 MiB memory/)
      expect(of('cache').filter((finding) => finding.detail.includes('Set it to noeviction')).map((finding) => finding.status)).toEqual(status === 'pass' ? [] : [status]) // prettier-ignore
      expect(of('cache password')).toEqual([])
    } finally {
      await redis.stop()
    }
  })

  test('without password, without append-only file, out of reach', async () => {
    const redis = await startRedis({ config: { appendonly: 'no' } })
    const { of } = await diagnose({ REDIS_URL: redis.url })
    expect(of('cache').map(({ status, detail }) => [status, /appendonly/.test(detail)])).toContainEqual(['warn', true])
    expect(of('cache password')[0]).toMatchObject({ status: 'warn' })
    await redis.stop()
    const gone = await diagnose({ REDIS_URL: redis.url })
    expect([gone.code, gone.of('cache')[0]]).toEqual([
      1,
      expect.objectContaining({ status: 'fail', detail: expect.stringContaining('cannot be reached') as unknown }),
    ])
  })
})

describeWith('postgres', 'a stack with PostgreSQL', () =>
  describeWith('redis', 'and Redis', () => {
    let database: RunningDatabase
    let redis: Awaited<ReturnType<typeof startRedis>>
    let gateways: Gateway[] = []
    let env: Record<string, string>
    beforeAll(async () => {
      ;[database, redis] = await Promise.all([startPostgres(), startRedis({ config: { appendonly: 'yes' } })])
      env = { ...secrets, DATABASE_URL: await database.createDatabase(), REDIS_URL: redis.url, ADMIN_PORT: String(await findFreePort()) }
      const first = await startGateway({ build: 'enterprise', env: { ...env, ADMIN_PASSWORD: undefined } })
      const second = await startGateway({ build: 'enterprise', env: { ...env, ADMIN_PASSWORD: undefined, ADMIN_PORT: String(await findFreePort()) } })
      gateways = [first, second]
    }, 120_000)
    afterAll(async () => {
      await Promise.all(gateways.map((gateway) => gateway.close()))
      await Promise.all([database?.stop(), redis?.stop()])
    })
    const beside = (more: Record<string, string> = {}): Record<string, string> => ({
      ...env,
      HOST: '127.0.0.1',
      BACKEND_PORT: String(gateways[0]?.port),
      ...more,
    })

    test('two replicas are heard, clocks agree, the stream passes a proxy that does not buffer', async () => {
      const proxy = await startProxy(gateways[0]?.port ?? 0, false)
      const { code, of } = await diagnose(beside({ PROXY_PUBLIC_BASE_URL: urlOf(proxy) }))
      proxy.close()
      expect(of('replicas')).toEqual([
        { name: 'replicas', status: 'pass', detail: expect.stringMatching(/^2 processes heard, version .*, clocks within \d+ ms$/) as unknown },
      ])
      expect(of('clock').map(({ status }) => status)).toEqual(['pass', 'pass'])
      expect(of('public URL')[0]?.status).toBe('pass')
      expect(of('streaming')[0]).toMatchObject({ status: 'pass' })
      expect(of('management')[0]).toMatchObject({ status: 'pass', detail: expect.stringContaining('not reachable') as unknown })
      expect(of('database')[0]?.detail).toMatch(/^PostgreSQL 1\d/)
      expect(code).toBe(0)
    }, 30_000)

    test('a proxy that holds answers back is found', async () => {
      const proxy = await startProxy(gateways[0]?.port ?? 0, true)
      const { code, of } = await diagnose(beside({ PROXY_PUBLIC_BASE_URL: urlOf(proxy) }))
      proxy.close()
      expect([code, of('streaming')[0]]).toEqual([
        1,
        expect.objectContaining({ status: 'fail', detail: expect.stringContaining('proxy_buffering off') as unknown }),
      ])
    }, 30_000)

    test('a load balancer that leads to the management port, and proxies that everybody may claim to be, are found', async () => {
      const proxy = await startProxy(Number(env['ADMIN_PORT']), false)
      const { of } = await diagnose(beside({ TRUST_PROXY: '10.0.0.0/8, 128.0.0.0/1' }), '--url', urlOf(proxy))
      proxy.close()
      expect(of('management')[0]).toMatchObject({ status: 'fail', detail: expect.stringContaining('management port') as unknown })
      expect(of('trusted proxies')[0]).toMatchObject({ status: 'fail' })
      const none = await diagnose(beside(), '--url', 'https://gateway.invalid')
      expect(none.of('trusted proxies')[0]).toMatchObject({ status: 'warn' })
      expect(none.of('public URL')[0]).toMatchObject({ status: 'fail' })
    }, 60_000)
  }),
)
