// A management plane of real parts on a real socket: SQLite in memory, real cryptography, the real data-plane snapshot.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Writable } from 'node:stream'
import express from 'express'
import { ADAPTERS } from '../../src/adapters/index.ts'
import { isAddressAllowed, classifyAddress } from '../../src/domain/address.ts'
import { Secret } from '../../src/domain/secret.ts'
import { createTargetPolicy } from '../../src/domain/target-policy.ts'
import type { Role } from '../../src/domain/user.ts'
import { createErrorHandler } from '../../src/http/error-handler.ts'
import { createManagementRouter } from '../../src/http/management-router.ts'
import { createManagementRoutes } from '../../src/http/management/routes.ts'
import type { LiveStatus } from '../../src/http/management/status-routes.ts'
import { createOpenApiDocument } from '../../src/http/openapi.ts'
import type { Route } from '../../src/http/registry.ts'
import { createSwaggerRouter } from '../../src/http/swagger-router.ts'
import { createAuditScope } from '../../src/infrastructure/audit-scope.ts'
import { MemoryCache } from '../../src/infrastructure/cache/memory/memory-cache.ts'
import { createDigester } from '../../src/infrastructure/crypto/digester.ts'
import { openKeyVault } from '../../src/infrastructure/crypto/open-key-vault.ts'
import { createPasswordHasher } from '../../src/infrastructure/crypto/password-hasher.ts'
import { createTokenSigner } from '../../src/infrastructure/crypto/token-signer.ts'
import { sqlite } from '../../src/infrastructure/database/sqlite/driver.ts'
import { openLogging } from '../../src/infrastructure/logging/open-logging.ts'
import { MetricCounts } from '../../src/infrastructure/metrics/metric-counts.ts'
import { systemRandom } from '../../src/infrastructure/system.ts'
import { limits } from '../../src/limits.ts'
import type { RequestLog } from '../../src/ports/request-log.ts'
import type { Store } from '../../src/ports/store.ts'
import { UpstreamClient } from '../../src/proxy/attempt.ts'
import { Destinations } from '../../src/proxy/destination.ts'
import { UpstreamKeyProber } from '../../src/proxy/prober.ts'
import { createResolver } from '../../src/proxy/resolver.ts'
import { TargetWatch } from '../../src/proxy/target-watch.ts'
import { RequestLogReader } from '../../src/services/request-log-reader.ts'
import { createManagementServices } from '../../src/services/management.ts'
import type { ManagementServices } from '../../src/services/management.ts'
import { LiveHub } from '../../src/services/live/live-hub.ts'
import { LiveSessions } from '../../src/services/live/live-sessions.ts'
import { ConfigurationSnapshot } from '../../src/services/snapshot.ts'
import { StatsCollector } from '../../src/services/stats-collector.ts'
import { TargetRegistry } from '../../src/services/target-registry.ts'
import { ExactTurnCounter } from '../../src/services/turn-counter.ts'
import { type Background, createBackground, managementKinds } from '../support/background.ts'
import { createCanary } from '../support/canaries.ts'
import { createSpendingLimiter } from '../support/spending.ts'
import { FakeClock } from '../support/fake-clock.ts'

export const JWT_SECRET = createCanary('jwt')
export const PASSWORD = 'Tr4verse-granite-otter'

export interface Management {
  readonly url: string
  readonly port: number
  readonly clock: FakeClock
  readonly store: Store
  readonly requestLog: RequestLog
  readonly services: ManagementServices
  /** Its runner is not started. */
  readonly background: Background
  readonly snapshot: ConfigurationSnapshot
  readonly hub: LiveHub
  readonly routes: readonly Route[]
  /** Called before a password is hashed. */
  onHash: () => Promise<unknown>
  /** Passwords that were compared with a hash so far. */
  passwordChecks(): number
  /** All log lines so far. */
  log(): string
  /** Creates the user when there is none yet and signs in. Returns the access token. */
  tokenOf(role: Role, accountId?: string): Promise<string>
  call(method: string, path: string, options?: CallOptions): Promise<Answer>
  close(): Promise<void>
}

export interface CallOptions {
  readonly token?: string | undefined
  /** Objects are sent as JSON. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly json: any
}

export interface ManagementOptions {
  readonly allowPrivate?: boolean
  readonly trustProxy?: readonly string[]
}

export async function openManagement(options: ManagementOptions = {}): Promise<Management> {
  const clock = new FakeClock(Math.floor(Date.now() / 1000) * 1000)
  const lines: string[] = []
  const stream = new Writable({ write: (chunk: Buffer, _encoding, done) => (lines.push(chunk.toString()), done()) })
  const logging = openLogging({ stream, clock, level: 'trace', format: 'json', colours: false, version: '0', instance: 'test' })
  const { store, events, requestLog } = await sqlite.open(new Secret('sqlite::memory:'), { clock, role: 'server' })
  const vault = await openKeyVault({ store, encryption: new Secret(createCanary('kek')), random: systemRandom })
  const metrics = new MetricCounts()
  const allowPrivate = options.allowPrivate ?? true
  const turns = new ExactTurnCounter(new MemoryCache({ clock, entriesMax: 1000, bytesMax: 1_000_000 }), systemRandom)
  const pools = { clock, random: systemRandom, turns, onTransition: () => undefined }
  const watching: { targets?: TargetWatch } = {}
  const snapshot = new ConfigurationSnapshot({
    store,
    vault,
    clock,
    logger: logging.logger,
    metrics,
    pools,
    builtInClientKeys: () => Promise.resolve([]),
    onInForce: () => watching.targets?.follow(),
  })
  await snapshot.refresh()
  const isAllowed = (address: string): boolean => isAddressAllowed(classifyAddress(address), allowPrivate)
  const client = new UpstreamClient({ resolve: createResolver({ servers: [], isAddressAllowed: isAllowed, clock }), isAddressAllowed: isAllowed })
  const { connectTimeoutMs: connectMs, llmFirstByteTimeoutMs: llmFirstByteMs, proxyFirstByteTimeoutMs: proxyFirstByteMs } = limits
  const defaults = { connectMs, llmFirstByteMs, proxyFirstByteMs, idleMs: limits.idleTimeoutMs, totalMs: limits.totalTimeoutMs }
  const findAdapter = (name: string) => ADAPTERS.find((adapter) => adapter.name === name)
  const targets = new TargetRegistry({ clock, random: systemRandom, logger: logging.logger })
  const destinations = new Destinations(defaults, findAdapter, ADAPTERS.at(-1) as (typeof ADAPTERS)[number], targets)
  watching.targets = new TargetWatch({ snapshot, destinations, targets, client, clock, random: systemRandom, logger: logging.logger })
  const hasher = createPasswordHasher()
  let checks = 0
  const ports = {
    store,
    events,
    clock,
    random: systemRandom,
    vault,
    digester: createDigester(new Secret(createCanary('pep'))),
    hasher: {
      hash: async (password: Secret) => {
        await management.onHash()
        return hasher.hash(password)
      },
      verify: (password: Secret, stored: string) => {
        checks++
        return hasher.verify(password, stored)
      },
    },
    signer: createTokenSigner(new Secret(JWT_SECRET), clock),
    live: snapshot,
    liveKeys: snapshot,
    prober: new UpstreamKeyProber({ snapshot, destinations, client, clock }),
    targetPolicy: createTargetPolicy({ allowPrivate }),
    adapters: ADAPTERS,
    targets,
    spending: createSpendingLimiter(clock, logging.logger, store),
    maxAttempts: 3,
    logger: logging.logger,
    metrics,
    auditScope: createAuditScope(),
    levels: { ...logging, configured: 'info' as const },
  }
  const hub = new LiveHub({ clock, replica: 'rep_test' })
  const services = createManagementServices({ ...ports, feed: hub })
  const sessions = new LiveSessions({ hub, auth: services.auth, clock })
  const listeners = { hub, sessions, isLeaving: () => false, tunnels: () => ({ open: 0, max: 0 }) }
  const stats = new StatsCollector(clock)
  const background = createBackground(ports, { kinds: managementKinds(ports, services) }, services)
  const trustProxy = options.trustProxy ?? []
  const dependencies = {
    ...ports,
    services,
    logs: new RequestLogReader({ log: requestLog, store, clock, days: limits.requestLogDays, usageDays: limits.usageDays }),
    jobs: background.jobs,
    listeners,
    status: statusOf({ clock, hub, stats, snapshot, errors: () => logging.recentErrors() }),
    build: 'test',
    version: '0.0.0',
    startedAtMs: clock.nowMs(),
    trustProxy,
    publicBaseUrl: 'http://gateway.test',
  }
  const routes = createManagementRoutes(dependencies)
  const app = express()
  app.set('case sensitive routing', true)
  app.use(['/api/admin', '/api'], createManagementRouter(dependencies))
  app.use('/swagger', createSwaggerRouter(createOpenApiDocument(routes, '0.0.0'), 'node_modules/swagger-ui-dist'))
  app.use(createErrorHandler(ports))
  const server = createServer(app)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  const call = createCall(url)
  const management: Management = {
    onHash: () => Promise.resolve(),
    url,
    port,
    clock,
    store,
    requestLog,
    services,
    background,
    snapshot,
    hub,
    routes,
    passwordChecks: () => checks,
    log: () => lines.join(''),
    tokenOf: async (role, accountId) => {
      const username = accountId === undefined ? `the-${role}` : `${accountId}-${role}`
      if ((await store.users.findByUsername(username)) === undefined) {
        await services.users.create({ username, password: new Secret(PASSWORD), role, accountId })
      }
      const session = await call('POST', '/login', { body: { username, password: PASSWORD } })
      return session.json.access_token as string
    },
    call,
    close: async () => {
      await background.runner.stop()
      watching.targets?.stop()
      hub.close()
      stats.stop()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await client.close()
      await events.close()
      await store.close()
      await logging.close()
    },
  }
  return management
}

interface StatusParts {
  readonly clock: FakeClock
  readonly hub: LiveHub
  readonly stats: StatsCollector
  readonly snapshot: ConfigurationSnapshot
  readonly errors: LiveStatus['recentErrors']
}

function statusOf({ clock, hub, stats, snapshot, errors }: StatusParts): LiveStatus {
  return {
    replicas: () => [{ id: 'rep_test', version: '0.0.0', startedAtMs: clock.nowMs(), configVersion: snapshot.current?.version }],
    configVersion: () => snapshot.current?.version,
    keysByState: () => ({ ready: 0, cooling: 0, probing: 0, parked: 0, disabled: 0 }),
    inFlight: () => ({ requests: 0, webSockets: 0, listeners: hub.size }),
    queues: () => ({}),
    rates: () => stats.rates(),
    health: () => new Map([['database', { isWell: true, detail: 'ok', changedAtMs: clock.nowMs(), checkedAtMs: clock.nowMs() }]]),
    recentErrors: errors,
  }
}

function createCall(url: string): Management['call'] {
  return async (method, path, { token, body, headers = {} } = {}) => {
    const sent: Record<string, string> = { ...headers }
    if (token !== undefined) sent['authorization'] ??= `Bearer ${token}`
    if (body !== undefined) sent['content-type'] ??= 'application/json'
    const response = await fetch(`${url}/api/admin${path}`, {
      method,
      headers: sent,
      body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
      redirect: 'manual',
    })
    const text = await response.text()
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: response.headers.get('content-type')?.includes('ndjson') !== true && text.startsWith('{') ? JSON.parse(text) : undefined,
    }
  }
}
