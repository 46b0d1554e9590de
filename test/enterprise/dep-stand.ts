// Owns what the DEP rows need: replicas over one database server, a mixed load that tolerates nothing, and probes of management.
import { join } from 'node:path'
import { expect } from '@jest/globals'
import { createConnection } from 'mysql2/promise'
import { Client } from 'pg'
import { createCanary } from '../support/canaries.ts'
import { openChaosUpstream, type ChaosUpstream } from '../support/chaos-upstream.ts'
import { createTemporaryFolder, findFreePort, type TemporaryFolder } from '../support/free-port.ts'
import { createSharedSecrets, Gateway, startGateway } from '../support/gateway.ts'
import { runOpenLoop, type LoadOutcome, type LoadReport, type LoadRequest } from '../support/load.ts'
import type { LoadAnswer } from '../support/load-connection.ts'
import { watchMachineNoise } from '../support/machine-noise.ts'
import { ChildUnderTest } from '../support/process.ts'
import { startMariadb, type RunningDatabase } from '../support/servers/mariadb.ts'
import { startPostgres } from '../support/servers/postgres.ts'

export type Kind = 'mariadb' | 'postgres'
export const KINDS: readonly Kind[] = ['mariadb', 'postgres']

/** What the rows promise. */
export const ADMIN_ANSWER_MS = 2_000
export const RECOVERY_MS = 5_000
export const RSS_GROWTH_BYTES = 32 * 1024 * 1024

/** Requests per second of one replica: two cores bear it beside a database server. */
const RATE = 60
const ROOT = process.env.AKR_UNDER_TEST ?? join(import.meta.dirname, '../..')
const BIG = 'x'.repeat(256 * 1024)

export interface LoadSummary {
  readonly sent: number
  readonly failures: readonly string[]
  /** 99th percentile of the small requests, ms. */
  readonly p99Ms: number
  /** What this machine added meanwhile, ms. */
  readonly noiseMs: number
}

export class Stand {
  readonly server: RunningDatabase
  readonly upstream: ChaosUpstream
  readonly env: Readonly<Record<string, string>>
  readonly gateways: Gateway[] = []
  /** Of the database, not of the environment: only the configuration knows it. */
  issuedKey = ''
  readonly #folders: TemporaryFolder[] = []

  constructor(server: RunningDatabase, upstream: ChaosUpstream, env: Readonly<Record<string, string>>) {
    this.server = server
    this.upstream = upstream
    this.env = env
  }

  createFolder(): string {
    const folder = createTemporaryFolder('akr-dep')
    this.#folders.push(folder)
    return folder.path
  }

  /** One more replica, serving. */
  async start(env: Readonly<Record<string, string>> = {}, dataDir = this.createFolder()): Promise<Gateway> {
    const gateway = await startGateway({ build: 'enterprise', env: { ...this.env, ...env }, dataDir })
    this.gateways.push(gateway)
    return gateway
  }

  /** One more replica that nobody waits for. */
  async launch(dataDir: string, env: Readonly<Record<string, string>> = {}): Promise<Gateway> {
    const port = await findFreePort()
    const all = { PATH: process.env.PATH, HOST: '127.0.0.1', BACKEND_PORT: String(port), DATA_DIR: dataDir, DEMO_MODE: 'off', LOG_FORMAT: 'json', ALLOW_PRIVATE_UPSTREAMS: 'true', ...this.env, ...env } // prettier-ignore
    const child = new ChildUnderTest(process.execPath, [join(ROOT, 'builds/enterprise/main.ts')], { env: all, cwd: dataDir })
    const { ADMIN_PASSWORD: adminPassword = '', GLOBAL_PROXY_KEYS: clientKey = '' } = this.env
    const gateway = new Gateway({ port, adminPassword, clientKey, dataDir, folder: undefined, child })
    this.gateways.push(gateway)
    return gateway
  }

  /** An upstream with a pool and an issued client key, in force everywhere. */
  async configure(): Promise<void> {
    const [first] = this.gateways as [Gateway]
    await first.addUpstream({ slug: 'u', base_url: this.upstream.url, keys: Array.from({ length: 4 }, () => createCanary('sk-')) })
    this.issuedKey = String(((await first.admin.expectOk('POST', '/client-keys', { name: 'issued' })) as { key: string }).key)
    for (const gateway of this.gateways) await until(async () => (await this.call(gateway, this.issuedKey)) === 200, 10_000)
  }

  /** Status of one proxied call with this client key. */
  async call(gateway: Gateway, clientKey: string): Promise<number> {
    const answer = await gateway.send('GET', '/proxy/u/ok', { 'X-Proxy-Key': clientKey }, '', { timeoutMs: 30_000 })
    return answer.responses[0]?.status ?? 0
  }

  /** 70 % small POSTs, 20 % streams, 10 % POSTs of 256 KiB, on every replica given, until stop(). Global and issued client keys take turns. */
  startLoad(gateways: readonly Gateway[] = this.gateways, rate = RATE): { stop(): Promise<LoadSummary> } {
    const noise = watchMachineNoise()
    const over = new AbortController()
    const plans = gateways.flatMap((gateway) => [
      this.#run(gateway, rate * 0.7, over.signal, (headers) => gateway.text('POST', '/proxy/u/ok', headers, '{"n":1}')),
      this.#run(gateway, rate * 0.2, over.signal, (headers) => gateway.text('GET', '/proxy/u/sse?n=5&gap=10', headers), checkStream),
      this.#run(gateway, rate * 0.1, over.signal, (headers) => gateway.text('POST', '/proxy/u/ok', headers, BIG)),
    ])
    return {
      stop: async () => {
        over.abort()
        const reports = await Promise.all(plans)
        return {
          sent: reports.reduce((sum, report) => sum + report.sent, 0),
          failures: reports.flatMap((report) => report.failures),
          p99Ms: Math.max(...reports.filter((_, index) => index % 3 === 0).map((report) => report.quantileMs(0.99))),
          noiseMs: noise.stop(),
        }
      },
    }
  }

  #run(
    gateway: Gateway,
    rate: number,
    signal: AbortSignal,
    text: (headers: Record<string, string>) => string,
    check?: (answer: LoadAnswer) => LoadOutcome,
  ): Promise<LoadReport> {
    const request = (index: number): LoadRequest => {
      const nonce = `d${gateway.port}-${index}`
      return {
        nonce,
        text: text({ 'X-Req-Id': nonce, 'X-Proxy-Key': index % 2 === 0 ? this.issuedKey : gateway.clientKey, 'Content-Type': 'application/json' }),
      }
    }
    return runOpenLoop({ port: gateway.port, rate, durationMs: 60_000, signal, request, ...(check && { check }) })
  }

  /** Locks the table of key histories against everybody else, until it is released. */
  async lockHistory(): Promise<{ release(): Promise<void> }> {
    const url = this.env.DATABASE_URL ?? ''
    if (url.startsWith('mysql:')) {
      const connection = await createConnection(url)
      await connection.query('lock tables key_events write')
      return { release: () => connection.end() }
    }
    const client = new Client({ connectionString: url })
    await client.connect()
    await client.query('begin')
    await client.query('lock table key_events in access exclusive mode')
    return { release: () => client.end() }
  }

  async close(): Promise<void> {
    for (const gateway of this.gateways) await gateway.close()
    await Promise.all([this.upstream.close(), this.server.stop()])
    for (const folder of this.#folders) folder.remove()
  }
}

function checkStream(answer: LoadAnswer): LoadOutcome {
  if (answer.status !== 200) return 'wrong-status'
  return answer.body.includes('w4') && answer.body.includes('[DONE]') ? 'ok' : 'wrong-body'
}

/** @param env of all replicas; `urlOf` may put something between them and the database */
export async function openStand(kind: Kind, replicas: number, env: Readonly<Record<string, string>> = {}, urlOf?: (url: string) => string): Promise<Stand> {
  const [server, upstream] = await Promise.all([kind === 'mariadb' ? startMariadb() : startPostgres(), openChaosUpstream({ lean: true })])
  const url = await server.createDatabase()
  const shared = { ...createSharedSecrets(), ADMIN_PASSWORD: createCanary('pw-'), GLOBAL_PROXY_KEYS: createCanary('ck-'), DATABASE_URL: urlOf?.(url) ?? url }
  const stand = new Stand(server, upstream, { ...shared, ...env })
  try {
    for (let replica = 0; replica < replicas; replica++) await stand.start()
    if (replicas > 0) await stand.configure()
    return stand
  } catch (error) {
    await stand.close()
    throw error
  }
}

/** Polls. @throws when it does not hold in time */
export async function until(condition: () => Promise<boolean> | boolean, timeoutMs: number, what = condition.toString()): Promise<void> {
  const endMs = performance.now() + timeoutMs
  for (;;) {
    if (await condition()) return
    if (performance.now() > endMs) throw new Error(`not within ${timeoutMs} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Until stop(): management is asked again and again with a valid token; it must answer 503 as a problem document, in time. */
export function watchManagement(gateways: readonly Gateway[]): { stop(): Promise<{ readonly asked: number; readonly wrong: readonly string[] }> } {
  let isOver = false
  let asked = 0
  const wrong: { readonly what: string; readonly lateMs: number }[] = []
  const noise = watchMachineNoise()
  const ask = async (gateway: Gateway, method: string, path: string, body?: unknown): Promise<void> => {
    const startedMs = performance.now()
    const answer = await gateway.admin.call(method, path, body)
    const tookMs = performance.now() - startedMs
    asked++
    const type = answer.headers.get('content-type') ?? ''
    const isRight = answer.status === 503 && type.startsWith('application/problem+json') && answer.body.code === 'degraded'
    if (isRight && tookMs <= ADMIN_ANSWER_MS) return
    const what = `${method} ${path}: ${answer.status} ${type} after ${Math.round(tookMs)} ms: ${answer.text.slice(0, 200)}`
    wrong.push({ what, lateMs: isRight ? tookMs - ADMIN_ANSWER_MS : Infinity })
  }
  const loops = gateways.map(async (gateway) => {
    while (!isOver) {
      await Promise.all([
        ask(gateway, 'GET', '/upstreams'),
        ask(gateway, 'GET', '/client-keys'),
        ask(gateway, 'POST', '/login', { username: 'admin', password: gateway.adminPassword }),
        ask(gateway, 'POST', '/client-keys', { name: 'never' }),
      ])
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  })
  return {
    stop: async () => {
      isOver = true
      await Promise.all(loops)
      // This process and the gateway take part in an answer, and each may have had to wait for the processor.
      const allowedMs = 2 * noise.stop(100)
      return { asked, wrong: wrong.filter(({ lateMs }) => lateMs > allowedMs).map(({ what }) => what) }
    },
  }
}

/** Readiness, liveness and the summary while a replica serves without its database. */
export async function expectDegraded(gateway: Gateway): Promise<void> {
  const ask = async (path: string): Promise<[number, unknown]> => {
    const answer = await fetch(`${gateway.url}${path}`)
    return [answer.status, await answer.json()]
  }
  expect(await ask('/health/live')).toEqual([200, { status: 'pass' }])
  expect(await ask('/health/ready')).toEqual([200, { status: 'pass', phase: 'ready' }])
  expect(await ask('/health')).toEqual([200, { status: 'warn', phase: 'ready' }])
  expect(await (await fetch(`${gateway.url}/metrics`)).text()).toMatch(/^akr_database_reachable 0$/m)
}

export async function expectManagementBack(gateways: readonly Gateway[], sinceMs: number): Promise<void> {
  const leftMs = RECOVERY_MS - (performance.now() - sinceMs)
  for (const gateway of gateways) await until(async () => (await gateway.admin.call('GET', '/upstreams')).status === 200, leftMs, 'management is back')
}
