// The kind of job that asks a vendor about many keys: all of an upstream, some, or those that nobody has heard of for long.
import { limits } from '../limits.ts'
import type { Clock } from '../ports/clock.ts'
import type { Json } from '../ports/job-queue.ts'
import type { KeyProber, LiveKeys } from '../ports/live.ts'
import type { Random } from '../ports/random.ts'
import type { Store } from '../ports/store.ts'
import type { UpstreamKey } from '../domain/upstream-key.ts'
import { GatewayError } from '../errors.ts'
import type { JobContext, JobKind } from './job-kind.ts'
import { JobFailedError } from './job-kind.ts'
import { invalidPayload, payloadOf } from './jobs.ts'
import { sleep } from './sleep.ts'

export const KEY_VALIDATION_KIND = 'key_validation'

export interface KeyValidationPayload {
  readonly upstream_id: string
  /** `stale`: neither used nor changed for `stale_hours`. Keys that a person has disabled are left alone unless they are named. */
  readonly scope: 'all' | 'selected' | 'stale'
  readonly key_ids: readonly string[] | null
  readonly stale_hours: number
  readonly concurrency: number
  /** Each probe waits for a random time up to this before it, ms. */
  readonly jitter_ms: number
}

export interface KeyValidationDependencies {
  readonly store: Store
  readonly prober: KeyProber
  readonly liveKeys: LiveKeys
  readonly clock: Clock
  readonly random: Random
}

/** What the job has found out so far; also its result. */
interface Findings {
  tested: number
  ok: number
  failed: number
  skipped: number
  /** Short reasons of the failures, as the vendor's answer was judged. */
  reasons: Record<string, number>
}

const NAMES = ['upstream_id', 'scope', 'key_ids', 'stale_hours', 'concurrency', 'jitter_ms']
const REASONS_MAX = 30
const REASON_CHARS_MAX = 60
const HOUR_MS = 3_600_000

export function createKeyValidationKind(dependencies: KeyValidationDependencies): JobKind<KeyValidationPayload> {
  return {
    name: KEY_VALIDATION_KIND,
    perProcess: 2,
    startedBy: 'operator',
    uniqueKey: ({ upstream_id: id, scope }) => (scope === 'selected' ? undefined : `${KEY_VALIDATION_KIND}:${id}`),
    validate: validatePayload,
    run: (context) => run(context, dependencies),
  }
}

function validatePayload(payload: unknown): KeyValidationPayload {
  const {
    upstream_id: upstream,
    scope = 'all',
    key_ids: ids = null,
    stale_hours: staleHours = 24,
    concurrency = 4,
    jitter_ms: jitterMs = 200,
  } = payloadOf(payload, NAMES)
  if (typeof upstream !== 'string' || upstream === '') throw invalidPayload('/upstream_id', 'must be the id of an upstream')
  if (scope !== 'all' && scope !== 'selected' && scope !== 'stale') throw invalidPayload('/scope', 'must be all, selected or stale')
  const areIds =
    Array.isArray(ids) && ids.length > 0 && ids.length <= limits.keyValidationIdsMax && ids.every((id) => typeof id === 'string' && id.length <= 64)
  if (scope === 'selected' && !areIds) throw invalidPayload('/key_ids', `must be a list of 1 to ${limits.keyValidationIdsMax} ids of keys`)
  if (scope !== 'selected' && ids !== null) throw invalidPayload('/key_ids', 'goes with scope "selected" only')
  return {
    upstream_id: upstream,
    scope,
    key_ids: areIds ? (ids as readonly string[]) : null,
    stale_hours: numberOf('stale_hours', staleHours, 1, 24 * 365),
    concurrency: numberOf('concurrency', concurrency, 1, limits.keyValidationParallelMax),
    jitter_ms: numberOf('jitter_ms', jitterMs, 0, 10_000),
  }
}

function numberOf(name: string, value: Json | undefined, min: number, max: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value
  throw invalidPayload(`/${name}`, `must be a whole number from ${min} to ${max}`)
}

async function run(context: JobContext<KeyValidationPayload>, dependencies: KeyValidationDependencies): Promise<Json> {
  const { payload, signal } = context
  const { findings, after } = restore(context.state)
  const keys = (await listKeys(payload, dependencies, signal)).filter(({ id }) => after === undefined || id > after)
  const total = keys.length + findings.tested + findings.skipped
  const show = (): void => context.progress(findings.tested + findings.skipped, total, `${findings.ok} accepted, ${findings.failed} not`)
  show()
  const pieceSize = payload.concurrency * 8
  for (let start = 0; start < keys.length; start += pieceSize) {
    const piece = keys.slice(start, start + pieceSize)
    const queue = [...piece]
    const worker = async (): Promise<void> => {
      for (let key = queue.shift(); key !== undefined && !signal.aborted; key = queue.shift()) {
        await sleep(dependencies.random.fraction() * payload.jitter_ms, signal)
        if (signal.aborted) return
        await probe(key, payload, findings, dependencies)
        show()
      }
    }
    await Promise.all(Array.from({ length: payload.concurrency }, worker))
    signal.throwIfAborted()
    await context.checkpoint({ after: (piece.at(-1) as UpstreamKey).id, findings: { ...findings } })
  }
  return { ...findings }
}

async function probe(key: UpstreamKey, { scope }: KeyValidationPayload, findings: Findings, { prober, liveKeys }: KeyValidationDependencies): Promise<void> {
  const state = (liveKeys.statusOf(key.id) ?? key.status).state
  if (state === 'disabled' && scope !== 'selected') return void findings.skipped++
  try {
    const { ok, reason } = await prober.probe(key.id)
    findings.tested++
    if (ok) findings.ok++
    else count(findings, reason)
  } catch (error) {
    // Removed since it was listed, or it cannot be decrypted.
    if (!(error instanceof GatewayError)) throw error
    findings.skipped++
  }
}

function count(findings: Findings, reason: string): void {
  findings.failed++
  const short = reason.slice(0, REASON_CHARS_MAX)
  const name = short in findings.reasons || Object.keys(findings.reasons).length < REASONS_MAX ? short : 'other'
  findings.reasons[name] = (findings.reasons[name] ?? 0) + 1
}

/** By id. @throws JobFailedError when the upstream is gone */
async function listKeys(
  payload: KeyValidationPayload,
  { store, liveKeys, clock }: KeyValidationDependencies,
  signal: AbortSignal,
): Promise<readonly UpstreamKey[]> {
  if ((await store.upstreams.findById(payload.upstream_id)) === undefined) throw new JobFailedError('The upstream does not exist any more.')
  const wanted = payload.key_ids === null ? undefined : new Set(payload.key_ids)
  const staleBeforeMs = clock.nowMs() - payload.stale_hours * HOUR_MS
  const isStale = (key: UpstreamKey): boolean =>
    Math.max(liveKeys.lastUsedAtMs(key.id) ?? key.lastUsedAtMs ?? 0, (liveKeys.statusOf(key.id) ?? key.status).changedAtMs) < staleBeforeMs
  const found: UpstreamKey[] = []
  for (let page = 1; ; page++) {
    signal.throwIfAborted()
    const { rows } = await store.keys.listPage(payload.upstream_id, { page, limit: 1000 })
    found.push(...rows.filter((key) => wanted?.has(key.id) ?? (payload.scope === 'all' || isStale(key))))
    if (rows.length < 1000) return found
  }
}

function restore(state: Json | undefined): { findings: Findings; after: string | undefined } {
  const stored = state as { readonly after: string; readonly findings: Findings } | undefined
  return stored === undefined
    ? { findings: { tested: 0, ok: 0, failed: 0, skipped: 0, reasons: {} }, after: undefined }
    : { findings: { ...stored.findings, reasons: { ...stored.findings.reasons } }, after: stored.after }
}
