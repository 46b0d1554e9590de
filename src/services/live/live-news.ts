// What happens in the gateway, as news for those who listen. Only what people may see anyway: no secrets, no queries, no bodies.
import type { LiveNews } from '../../domain/live-event.ts'
import type { BreakerState } from '../../domain/circuit-breaker.ts'
import { redactText } from '../../domain/redact.ts'
import type { KeyState } from '../../domain/upstream-key.ts'
import type { ExchangeRecord } from '../../ports/exchange-record.ts'
import type { JournalLine } from '../audit-journal.ts'
import type { JobEvent } from '../job-events.ts'
import type { KeyTransition } from '../key-pool-dependencies.ts'
import type { Replica } from '../replicas.ts'

/** Characters of texts that clients choose. */
const TEXT_CHARS_MAX = 256

/** Some clients put credentials into paths. */
function clean(text: string): string {
  return redactText(text).slice(0, TEXT_CHARS_MAX)
}

export function requestNews(record: ExchangeRecord): LiveNews {
  return {
    topic: 'requests',
    type: 'request.finished',
    atMs: record.startedAtMs + record.durationMs,
    upstream: record.upstream,
    clientKeyId: record.clientKeyId,
    accountId: record.accountId,
    render: (isOwn) => ({
      request_id: record.requestId,
      started_at: new Date(record.startedAtMs).toISOString(),
      ...{ upstream: record.upstream, kind: record.kind, route: record.route },
      ...{ client_key_id: record.clientKeyId, account_id: record.accountId },
      ...{ method: record.method, path: clean(record.path), model: clean(record.model) },
      ...{ status: record.status, outcome: record.outcome, error_code: record.errorCode, attempts: record.attempts, stream: record.stream },
      // Which keys the gateway has is its own affair.
      ...(isOwn ? {} : { key_id: record.keyId }),
      duration_ms: rounded(record.durationMs),
      overhead_ms: rounded(record.overheadMs),
      first_byte_ms: rounded(record.firstByteMs),
      ...{ bytes_in: record.bytesIn, bytes_out: record.bytesOut },
      usage: renderUsage(record),
      cost_usd: record.costMicroUsd === undefined ? null : record.costMicroUsd / 1_000_000,
      ...{ client_address: record.clientAddress, user_agent: clean(record.userAgent) },
    }),
  }
}

function renderUsage({ usage, isUsageEstimated }: ExchangeRecord): unknown {
  if (usage === undefined) return null
  const { input, output, cacheRead, cacheWrite, reasoning } = usage
  return { input, output, cache_read: cacheRead, cache_write: cacheWrite, reasoning, estimated: isUsageEstimated }
}

function rounded(ms: number | undefined): number | null {
  return ms === undefined ? null : Math.round(ms * 1000) / 1000
}

export interface KeyChangeNews {
  readonly keyId: string
  readonly upstream: string
  readonly from: KeyState
  readonly to: KeyState
  readonly reason: string
  /** Epoch ms. */
  readonly atMs: number
  readonly untilMs: number | undefined
  /** `gateway`, or `person`: who it was stands in the key's history. */
  readonly by: 'gateway' | 'person'
}

export function keyNews({ keyId, upstream, from, to, reason, atMs, untilMs, by }: KeyChangeNews): LiveNews {
  const until = untilMs === undefined ? null : new Date(untilMs).toISOString()
  return { topic: 'keys', type: 'key.changed', atMs, upstream, render: () => ({ key_id: keyId, upstream, from, to, reason, until, by }) }
}

/** What the gateway did by itself. */
export function transitionNews({ key, slug, from, atMs }: KeyTransition): LiveNews {
  return keyNews({ keyId: key.id, upstream: slug, from, to: key.state, reason: key.reason, atMs, untilMs: key.untilMs, by: 'gateway' })
}

/** People, and what is set for them, are told of in the record of changes only. */
const UNTOLD: ReadonlySet<string> = new Set(['user', 'setting'])

/** undefined for what is not for everybody who may listen. */
export function changeNews({ action, entity, entityId, changes }: JournalLine, atMs: number): LiveNews | undefined {
  if (UNTOLD.has(entity)) return undefined
  const { fields, count = null } = changes
  return { topic: 'config', type: 'config.changed', atMs, render: () => ({ action, entity, entity_id: entityId, fields, count }) }
}

/** Each process says so for itself. */
export function inForceNews(version: number, atMs: number): LiveNews {
  return { topic: 'config', type: 'config.in_force', atMs, render: () => ({ config_version: version }) }
}

export function jobNews({ id, kind, state, progress, error, accountId = '' }: JobEvent, atMs: number): LiveNews {
  const { done, total = null, note } = progress
  const render = (): Readonly<Record<string, unknown>> => ({
    ...{ job_id: id, kind, status: state, account_id: accountId },
    progress: { done, total, note: clean(note) },
    error: clean(error),
  })
  return { topic: 'jobs', type: 'job.changed', atMs, accountId, render }
}

interface TargetNews {
  readonly kind: 'upstream' | 'route'
  readonly id: string
  readonly slug: string
  readonly target: string
  readonly atMs: number
}

export function breakerNews({ kind, id, slug, target, atMs }: TargetNews, from: BreakerState, to: BreakerState): LiveNews {
  const upstream = kind === 'upstream' ? slug : ''
  return { topic: 'targets', type: 'breaker.changed', atMs, upstream, render: () => ({ kind, id, slug, target, from, to }) }
}

export function targetHealthNews({ kind, id, slug, target, atMs }: TargetNews, isHealthy: boolean, reason: string): LiveNews {
  const upstream = kind === 'upstream' ? slug : ''
  return { topic: 'targets', type: 'target.checked', atMs, upstream, render: () => ({ kind, id, slug, target, healthy: isHealthy, reason }) }
}

export function healthNews(component: string, isWell: boolean, detail: string, atMs: number): LiveNews {
  return { topic: 'health', type: 'health.changed', atMs, render: () => ({ component, status: isWell ? 'pass' : 'warn', detail: redactText(detail) }) }
}

/** Every process sees the others come and go for itself. */
export function replicaNews({ id, version }: Replica, isThere: boolean, atMs: number): LiveNews {
  return { topic: 'replicas', type: isThere ? 'replica.joined' : 'replica.left', atMs, isLocal: true, render: () => ({ id, version }) }
}
