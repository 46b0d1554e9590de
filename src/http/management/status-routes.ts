// How the gateway is, in one look: what runs, what it holds, what waits, what went wrong lately.
import { z } from 'zod'
import { KEY_STATES, type KeyState } from '../../domain/upstream-key.ts'
import type { Clock } from '../../ports/clock.ts'
import type { RecentError } from '../../ports/logger.ts'
import type { Store } from '../../ports/store.ts'
import type { ServiceHealth } from '../../services/health-checker.ts'
import type { Replica } from '../../services/replicas.ts'
import type { RequestRates } from '../../services/stats-collector.ts'
import { route } from '../registry.ts'
import type { Route } from '../registry.ts'
import { Id, NullableTime, renderTime } from './schemas.ts'

/** Of this process, without I/O. */
export interface LiveStatus {
  /** This one first. */
  replicas(): readonly Replica[]
  /** undefined before the first one is in force. */
  configVersion(): number | undefined
  keysByState(): Readonly<Record<KeyState, number>>
  /** Requests, WebSockets between clients and vendors, and listeners. */
  inFlight(): { readonly requests: number; readonly webSockets: number; readonly listeners: number }
  /** What waits to be written, by name. */
  queues(): Readonly<Record<string, number>>
  rates(): readonly RequestRates[]
  /** By name; empty before the first look. */
  health(): ReadonlyMap<string, ServiceHealth>
  /** Newest first. */
  recentErrors(): readonly RecentError[]
}

export interface StatusRouteDependencies {
  readonly build: string
  readonly version: string
  /** Epoch ms. */
  readonly startedAtMs: number
  readonly clock: Clock
  readonly store: Store
  readonly status: LiveStatus
}

const count = z.int()
const ConfigVersion = z.int().nullable()

const StatusView = z.object({
  status: z.enum(['ok', 'warn']).describe('`warn`: database or cache do not answer.'),
  version: z.string(),
  build: z.string(),
  started_at: z.iso.datetime(),
  uptime_seconds: count,
  counts: z.object({ upstreams: count, client_keys: count, users: count, accounts: count, routes: count, keys: z.record(z.enum(KEY_STATES), count) }),
  config: z.object({
    version: ConfigVersion.describe('In force in this process.'),
    stored_version: z.int(),
    drift: z.boolean().describe('Some process has not put the stored configuration in force yet.'),
  }),
  replicas: z.array(
    z.object({ id: Id, version: z.string(), started_at: z.iso.datetime(), age_seconds: count, config_version: ConfigVersion, this_process: z.boolean() }),
  ),
  in_flight: z.object({ requests: count, web_sockets: count, listeners: count }),
  queues: z.record(z.string(), count).describe('What waits to be written.'),
  rates: z.array(
    z.object({
      window_seconds: z.number().describe('Less than 60, 300 or 900 while the process is younger.'),
      requests: count,
      errors: count.describe('Ended with an error of the vendor or the gateway.'),
      absorbed: count.describe('Served although an attempt failed.'),
      requests_per_second: z.number(),
    }),
  ),
  services: z.record(z.string(), z.object({ status: z.enum(['pass', 'warn']), detail: z.string(), since: z.iso.datetime(), checked_at: z.iso.datetime() })),
  last_errors: z.array(
    z.object({ at: NullableTime, event: z.string(), message: z.string(), request_id: z.string().nullable(), upstream: z.string().nullable() }),
  ),
})

export function createStatusRoutes(dependencies: StatusRouteDependencies): Route[] {
  return [
    route({
      method: 'get',
      path: '/status',
      permission: 'viewer',
      summary: 'Say how the gateway is: what it holds, who runs, what waits, what went wrong lately. Numbers are of this process',
      tag: 'system',
      responses: { 200: { description: 'The status.', schema: StatusView } },
      handle: async () => ({ status: 200, body: await renderStatus(dependencies) }),
    }),
  ]
}

async function renderStatus({ build, version, startedAtMs, clock, store, status }: StatusRouteDependencies): Promise<z.input<typeof StatusView>> {
  const one = { page: 1, limit: 1 }
  const [upstreams, clientKeys, users, accounts, routes, storedVersion] = await Promise.all([
    store.upstreams.listPage(one),
    store.clientKeys.listPage(one),
    store.users.count(),
    store.accounts.listPage(one),
    store.routes.listPage(one),
    store.settings.configVersion(),
  ])
  const nowMs = clock.nowMs()
  const replicas = status.replicas()
  const inForce = status.configVersion() ?? null
  const health = [...status.health()]
  const { requests, webSockets, listeners } = status.inFlight()
  return {
    status: health.every(([, { isWell }]) => isWell) ? 'ok' : 'warn',
    ...{ version, build },
    ...renderAge(startedAtMs, nowMs),
    counts: {
      ...{ upstreams: upstreams.total, client_keys: clientKeys.total, users, accounts: accounts.total, routes: routes.total },
      keys: status.keysByState(),
    },
    config: {
      version: inForce,
      stored_version: storedVersion,
      drift: inForce !== storedVersion || replicas.some(({ configVersion }) => configVersion !== undefined && configVersion !== storedVersion),
    },
    replicas: replicas.map((replica, index) => renderReplica(replica, index === 0, nowMs)),
    in_flight: { requests, web_sockets: webSockets, listeners },
    queues: status.queues(),
    rates: status.rates().map(renderRates),
    services: Object.fromEntries(health.map(([name, each]) => [name, renderHealth(each)])),
    last_errors: status.recentErrors().map(renderError),
  }
}

function renderAge(startedAtMs: number, nowMs: number): { readonly started_at: string; readonly uptime_seconds: number } {
  return { started_at: renderTime(startedAtMs) as string, uptime_seconds: secondsBetween(startedAtMs, nowMs) }
}

/** Clocks of several machines may disagree. */
function secondsBetween(fromMs: number, toMs: number): number {
  return Math.max(0, Math.floor((toMs - fromMs) / 1_000))
}

function renderReplica({ id, version, startedAtMs, configVersion }: Replica, isThis: boolean, nowMs: number): z.input<typeof StatusView>['replicas'][number] {
  const startedAt = new Date(Math.min(Math.max(startedAtMs, 0), MAX_DATE_MS)).toISOString()
  return { id, version, started_at: startedAt, age_seconds: secondsBetween(startedAtMs, nowMs), config_version: configVersion ?? null, this_process: isThis }
}

/** What other processes say is not believed to be a date. */
const MAX_DATE_MS = 8.64e15

function renderRates({ seconds, requests, errors, absorbed }: RequestRates): z.input<typeof StatusView>['rates'][number] {
  const perSecond = seconds > 0 ? requests / seconds : 0
  return { window_seconds: Math.round(seconds), requests, errors, absorbed, requests_per_second: Math.round(perSecond * 1000) / 1000 }
}

function renderHealth({ isWell, detail, changedAtMs, checkedAtMs }: ServiceHealth): z.input<typeof StatusView>['services'][string] {
  return { status: isWell ? 'pass' : 'warn', detail, since: renderTime(changedAtMs) as string, checked_at: renderTime(checkedAtMs) as string }
}

function renderError({ atMs, event, message, requestId, upstream }: RecentError): z.input<typeof StatusView>['last_errors'][number] {
  return { at: renderTime(atMs), event, message, request_id: requestId ?? null, upstream: upstream ?? null }
}
