// Owns the acceptance rows of several processes on one listener: OPS-03, their shutdown, their figures, and CR-07 for one of them.
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { createCanary } from '../support/canaries.ts'
import { openChaosUpstream, type ChaosUpstream } from '../support/chaos-upstream.ts'
import { createSharedSecrets, startGateway, type Gateway } from '../support/gateway.ts'
import { runClosedLoop } from '../support/load.ts'
import { readLog, type LogLine } from '../support/log-lines.ts'
import { ChildUnderTest } from '../support/process.ts'
import { startMariadb, type RunningDatabase } from '../support/servers/mariadb.ts'
import { startRedis } from '../support/servers/redis.ts'
import { describeWith } from '../support/servers/required.ts'
import { SteadyLoad } from '../support/steady-load.ts'

const BACK_MS = 2_000
/** ms to load the sources on an idle machine; the built bundle takes half of it. */
const LOAD_MS = 600
const SILENCE_MS = 10_000
const PRELOAD = join(import.meta.dirname, '../support/crash-on-signal.mjs')

let database: RunningDatabase
let redis: Awaited<ReturnType<typeof startRedis>>
let upstream: ChaosUpstream
let gateways: Gateway[] = []

async function start(env: Record<string, string> = {}, workers = 4): Promise<Gateway> {
  const gateway = await startGateway({
    build: 'enterprise',
    env: { WORKERS: String(workers), DATABASE_URL: await database.createDatabase(), REDIS_URL: redis.url, SHUTDOWN_ANNOUNCE: '1', ...env },
    upstreams: [{ slug: 'u', base_url: upstream.url, keys: [createCanary('sk-')] }],
  })
  gateways.push(gateway)
  await until(() => servingPids(gateway).length === workers)
  // Every worker has the upstream, not only the one that was told.
  await until(async () => (await Promise.all(Array.from({ length: 8 * workers }, () => gateway.send('POST', '/proxy/u/ok')))).every(isOk))
  return gateway
}

const isOk = (result: { responses: readonly { status: number }[] }): boolean => result.responses[0]?.status === 200

async function until(condition: () => boolean | Promise<boolean>, timeoutMs = 30_000): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs
  while (!(await condition())) {
    if (performance.now() > deadlineMs) throw new Error(`not within ${timeoutMs} ms: ${String(condition)}\n${notable(gateways.at(-1)).join('\n')}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

function notable(gateway: Gateway | undefined): string[] {
  return (gateway?.child.output ?? '').split('\n').filter((line) => !line.includes('"proxy.request"'))
}

function events(gateway: Gateway, event: string): LogLine[] {
  return readLog(gateway.child.stdout).filter((line) => line.event === event)
}

/** Workers that said they serve and have not been said to be dead. */
function servingPids(gateway: Gateway): number[] {
  const gone = new Set(events(gateway, 'worker.died').map((line) => line['pid']))
  return events(gateway, 'worker.serving').flatMap((line) => (gone.has(line['pid']) ? [] : [line['pid'] as number]))
}

function load(gateway: Gateway, path: string, connections = 16, pauseMs?: number): SteadyLoad {
  const text = (id: string): string => gateway.text('POST', path, { 'X-Req-Id': id, 'X-Request-Id': id, 'Content-Type': 'application/json' }, '{"n":1}')
  return new SteadyLoad({ port: gateway.port, connections, text, ...(pauseMs === undefined ? {} : { pauseMs }) })
}

/** Each failed client had been with this worker: a connection stays with the one that accepted it. */
function expectOnlyOf(gateway: Gateway, failures: SteadyLoad['failures'], worker: string): void {
  const lines = readLog(gateway.child.stdout).filter(({ event }) => event === 'proxy.request')
  for (const { connection, requestId } of failures) {
    const mine = lines.filter((line) => String(line['request_id']).startsWith(`client-${connection}-`) && String(line['request_id']) < requestId)
    expect([requestId, mine.at(-1)?.worker]).toEqual([requestId, worker])
  }
  expect(new Set(failures.map(({ connection }) => connection)).size).toBe(failures.length)
}

function idOf(gateway: Gateway, pid: number): string {
  return String(events(gateway, 'worker.serving').find((line) => line['pid'] === pid)?.['worker_id'])
}

async function scrape(gateway: Gateway): Promise<(name: string, labels?: string) => number> {
  // On a connection of its own: one that is kept may belong to a worker that stands still.
  const { responses } = await gateway.send('GET', '/metrics', { Connection: 'close' })
  const text = responses[0]?.body.toString() ?? ''
  return (name, labels = '') => {
    const lines = text.split('\n').filter((line) => new RegExp(`^${name}(\\{|\\s)`).test(line) && line.includes(labels))
    return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
  }
}

describeWith('mariadb', 'several workers', () => {
  beforeAll(async () => {
    database = await startMariadb()
    redis = await startRedis()
    upstream = await openChaosUpstream({ lean: true })
    upstream.handle('/slow', async (exchange) => {
      await exchange.pause(100)
      exchange.reply(200, [], JSON.stringify({ id: exchange.entry.nonce }))
    })
  }, 60_000)
  afterEach(async () => {
    await Promise.all(gateways.map((gateway) => gateway.close()))
    gateways = []
  })
  afterAll(async () => {
    await upstream?.close()
    await redis?.stop()
    await database?.stop()
  })

  test('OPS-03 kill -9 of one of four: only its requests in flight fail, and another one serves within 2 s', async () => {
    const gateway = await start()
    const slowness = await measureSlowness()
    const clients = load(gateway, '/proxy/u/slow', 16, 50)
    await clients.untilAnswered(200)
    const [victim] = servingPids(gateway) as [number]
    const killedAtMs = performance.now()
    process.kill(victim, 'SIGKILL')
    await until(() => servingPids(gateway).length === 4 && !servingPids(gateway).includes(victim))
    const backMs = performance.now() - killedAtMs
    await clients.untilAnswered(clients.answered + 300)
    await clients.stop()
    expectOnlyOf(gateway, clients.failures, idOf(gateway, victim))
    expect(clients.failures.every(({ what }) => what.startsWith('connection ended') || what.includes('ECONNRESET'))).toBe(true)
    process.stderr.write(
      `OPS-03: ${clients.failures.length} of ${clients.sent} failed; back after ${Math.round(backMs)} ms on a machine that is ${slowness.toFixed(1)} times as slow as an idle one\n`,
    )
    expect(backMs).toBeLessThanOrEqual(BACK_MS * slowness)
    expect(events(gateway, 'worker.restart')).toEqual([])
    const metric = await scrape(gateway)
    expect([metric('akr_workers'), metric('akr_worker_restarts_total', 'reason="crashed"')]).toEqual([4, 1])
  }, 90_000)

  test('OPS-03 a worker that dies again and again comes back later each time, and the others serve', async () => {
    const gateway = await start({}, 2)
    const [steady, first] = servingPids(gateway) as [number, number]
    const clients = load(gateway, '/proxy/u/ok', 8, 5)
    let victim = first
    for (let death = 1; death <= 4; death++) {
      process.kill(victim, 'SIGKILL')
      await until(() => servingPids(gateway).some((pid) => pid !== victim && pid !== steady))
      victim = servingPids(gateway).find((pid) => pid !== steady) as number
    }
    await clients.stop()
    const delays = events(gateway, 'worker.restart').map((line) => line['delay_ms'] as number)
    expect(delays).toHaveLength(3)
    delays.forEach((delayMs, i) => {
      expect(delayMs).toBeGreaterThanOrEqual(250 * 2 ** i)
      expect(delayMs).toBeLessThanOrEqual(500 * 2 ** i)
    })
    expect(clients.answered).toBeGreaterThan(200)
    expect(clients.failures.length).toBeLessThanOrEqual(4 * 8)
    expect(servingPids(gateway)).toContain(steady)
  }, 90_000)

  test('OPS-03 when all die, somebody is tried again soon, whatever the delays', async () => {
    const gateway = await start({}, 2)
    for (let round = 0; round < 5; round++) {
      const pids = servingPids(gateway)
      for (const pid of pids) process.kill(pid, 'SIGKILL')
      await until(() => servingPids(gateway).some((pid) => !pids.includes(pid)), 10_000)
    }
    await until(async () => isOk(await gateway.send('POST', '/proxy/u/ok')))
  }, 90_000)

  test('a worker that hangs is killed and replaced; no new connection waits for it', async () => {
    const gateway = await start({}, 2)
    const [victim] = servingPids(gateway) as [number]
    process.kill(victim, 'SIGSTOP')
    const frozenAtMs = performance.now()
    const whileFrozen = await runClosedLoop({
      port: gateway.port,
      connections: 1,
      total: 100,
      request: (index) => ({ text: gateway.text('POST', '/proxy/u/ok', { 'X-Req-Id': `hang-${index}`, Connection: 'close' }, '{}'), nonce: `hang-${index}` }),
    })
    expect(whileFrozen.failures).toEqual([])
    const metric = await scrape(gateway)
    expect([metric('akr_workers'), metric('akr_workers_answered')]).toEqual([2, 1])
    await until(() => events(gateway, 'worker.died').length === 1)
    expect(performance.now() - frozenAtMs).toBeGreaterThan(SILENCE_MS - 1_500)
    expect(events(gateway, 'worker.died')[0]?.msg).toMatch(/silent for 10 s/)
    await until(() => servingPids(gateway).length === 2)
    expect((await scrape(gateway))('akr_worker_restarts_total', 'reason="hung"')).toBe(1)
  }, 90_000)

  test('the figures of any worker are those of all, also of one that is gone', async () => {
    const gateway = await start()
    const before = (await scrape(gateway))('akr_proxy_requests_total')
    const burst = async (tag: string): Promise<void> => {
      const report = await runClosedLoop({
        port: gateway.port,
        connections: 16,
        total: 1_000,
        request: (index) => ({ text: gateway.text('POST', '/proxy/u/ok', { 'X-Req-Id': `${tag}-${index}` }, '{}'), nonce: `${tag}-${index}` }),
      })
      expect(report.failures).toEqual([])
    }
    await burst('first')
    const figures = await Promise.all(Array.from({ length: 12 }, () => scrape(gateway)))
    expect(figures.map((metric) => metric('akr_proxy_requests_total') - before)).toEqual(Array(12).fill(1_000))
    const [metric] = figures as [(name: string, labels?: string) => number]
    expect(metric('akr_proxy_request_duration_seconds_count')).toBe(before + 1_000)
    expect([metric('akr_pool_keys'), metric('akr_workers'), metric('akr_workers_answered'), metric('akr_build_info')]).toEqual([1, 4, 4, 1])
    const workers = new Set(readLog(gateway.child.stdout).flatMap((line) => (line.event === 'proxy.request' ? [line.worker] : [])))
    expect(workers.size).toBeGreaterThan(1)

    process.kill(servingPids(gateway)[0] as number, 'SIGKILL')
    gateway.child.signal('SIGHUP')
    await until(() => events(gateway, 'workers.replaced').length === 1)
    await burst('later')
    expect((await scrape(gateway))('akr_proxy_requests_total') - before).toBe(2_000)
  }, 120_000)

  test('SIGTERM under load: all workers drain together, nothing fails, exit 0', async () => {
    const gateway = await start({ SHUTDOWN_ANNOUNCE: '3' })
    const clients = load(gateway, '/proxy/u/slow', 32)
    await clients.untilAnswered(300)
    const termAtMs = performance.now()
    gateway.child.signal('SIGTERM')
    const readiness = async (): Promise<number> => (await fetch(`${gateway.url}/health/ready`, { headers: { connection: 'close' } })).status
    for (let i = 0; i < 8; i++) await until(async () => (await readiness()) === 503, 1_000)
    await clients.untilAnswered(clients.answered + 300)
    await clients.stop()
    expect(clients.failures).toEqual([])
    expect(await gateway.child.exit()).toEqual({ code: 0, signal: null })
    expect(performance.now() - termAtMs).toBeGreaterThan(2_900)
  }, 60_000)

  test('SIGTERM in the middle of a replacement: who is on the way out finishes what it has', async () => {
    const gateway = await start({}, 2)
    upstream.handle('/long', async (exchange) => {
      await exchange.pause(15_000)
      exchange.reply(200, [], 'late')
    })
    const before = upstream.ledger.entries.length
    const answers = Array.from({ length: 16 }, () => gateway.send('POST', '/proxy/u/long', {}, '', { timeoutMs: 60_000 }))
    await until(() => upstream.ledger.entries.length === before + 16)
    gateway.child.signal('SIGHUP')
    await until(() => events(gateway, 'gateway.stopping').length === 1)
    gateway.child.signal('SIGTERM')
    expect((await Promise.all(answers)).map(({ responses }) => responses[0]?.status)).toEqual(Array(16).fill(200))
    expect(await gateway.child.exit()).toEqual({ code: 0, signal: null })
  }, 90_000)

  test('a second signal ends it, also in the middle of what runs; a worker that dies while draining costs the others nothing', async () => {
    const gateway = await start({ SHUTDOWN_ANNOUNCE: '2' }, 2)
    const clients = load(gateway, '/proxy/u/slow', 16)
    await clients.untilAnswered(100)
    gateway.child.signal('SIGTERM')
    const [victim] = servingPids(gateway) as [number]
    process.kill(victim, 'SIGKILL')
    await until(() => events(gateway, 'worker.died').length === 1)
    await clients.stop()
    expectOnlyOf(gateway, clients.failures, idOf(gateway, victim))
    expect(await gateway.child.exit()).toEqual({ code: 1, signal: null })

    const other = await start({ SHUTDOWN_ANNOUNCE: '60' }, 2)
    other.child.signal('SIGTERM')
    await until(() => events(other, 'gateway.stopping').length === 3)
    const againAtMs = performance.now()
    other.child.signal('SIGTERM')
    expect((await other.child.exit()).code).toBe(0)
    expect(performance.now() - againAtMs).toBeLessThan(10_000)
  }, 90_000)

  test('CR-07 an exception that nobody caught ends one worker, after what it was doing; the others never notice', async () => {
    const gateway = await start({ NODE_OPTIONS: `--import=${PRELOAD}` }, 2)
    const clients = load(gateway, '/proxy/u/slow', 16)
    await clients.untilAnswered(100)
    process.kill(servingPids(gateway)[0] as number, 'SIGUSR2')
    await until(() => events(gateway, 'worker.died').length === 1)
    await until(() => servingPids(gateway).length === 2)
    await clients.untilAnswered(clients.answered + 100)
    await clients.stop()
    expect(clients.failures).toEqual([])
    expect(events(gateway, 'gateway.crashed').map((line) => String(line['error']).split('\n')[0])).toEqual(['Error: thrown by the test'])
    expect(events(gateway, 'worker.died')[0]).toMatchObject({ exit_code: 1 })
  }, 60_000)

  test('the primary is killed: no worker outlives it for long', async () => {
    const gateway = await start({}, 2)
    const pids = servingPids(gateway)
    await gateway.child.kill()
    await until(() => pids.every((pid) => !isAlive(pid)))
  }, 60_000)

  test('what keeps it from starting is said once, with its exit code', async () => {
    const url = await database.createDatabase()
    const first = await start({ DATABASE_URL: url }, 2)
    const env = {
      PATH: process.env.PATH,
      ...createSharedSecrets(),
      WORKERS: '3',
      REDIS_URL: redis.url,
      HOST: '127.0.0.1',
      DATA_DIR: first.dataDir,
      LOG_FORMAT: 'json',
    }
    const main = join(import.meta.dirname, '../../builds/enterprise/main.ts')
    const endOf = async (more: Record<string, string>): Promise<{ code: number | null; output: string }> => {
      const child = new ChildUnderTest(process.execPath, [main], { env: { ...env, ...more }, cwd: first.dataDir })
      return { code: (await child.exit()).code, output: child.output }
    }
    const taken = await endOf({ DATABASE_URL: await database.createDatabase(), BACKEND_PORT: String(first.port) })
    expect([taken.code, taken.output.match(/port \d+ is already in use/g)?.length, taken.output.match(/Cannot start/g)?.length]).toEqual([69, 1, 1])
    const sealedByOthers = await endOf({ DATABASE_URL: url, BACKEND_PORT: '0', SNAPSHOT_FILE: 'false' })
    expect(sealedByOthers.output).toMatch(/ENCRYPTION_KEY/)
    expect([sealedByOthers.code, sealedByOthers.output.match(/Cannot start/g)?.length]).toEqual([78, 1])
    expect(taken.output + sealedByOthers.output).not.toMatch(/worker\.(died|restart)/)
  }, 120_000)
})

/** At least 1. How long a process takes that only loads the sources, as a new worker does, against an idle machine. */
async function measureSlowness(): Promise<number> {
  const startedAtMs = performance.now()
  const main = join(import.meta.dirname, '../../builds/enterprise/main.ts')
  const child = new ChildUnderTest(process.execPath, [main, '--version'], { env: { PATH: process.env.PATH } })
  await child.exit()
  return Math.max(1, (performance.now() - startedAtMs) / LOAD_MS)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test.each([
  [{ WORKERS: '4' }, /SQLite has one writing process: set DATABASE_URL[^;]*; the memory cache belongs to one process: set REDIS_URL/],
  [{ WORKERS: 'auto' }, /WORKERS is auto, but several processes need/],
  [
    { WORKERS: '2', REDIS_URL: 'redis://127.0.0.1:6379' },
    /SQLite has one writing process: set DATABASE_URL to mysql:\/\/… or postgres:\/\/…\. Or remove WORKERS/,
  ],
  [{ WORKERS: 'many' }, /WORKERS is "many"\. Write auto, or a whole number from 1 to 128/],
])('%j without shared stores is refused, once, with exit code 78', async (env, message) => {
  const error = await startGateway({ build: 'enterprise', env }).then(
    () => 'started',
    (reason: unknown) => String(reason),
  )
  expect(error).toMatch(/"code":78/)
  expect(error).toMatch(message)
  expect(error.match(/Cannot start/g)).toHaveLength(1)
})
