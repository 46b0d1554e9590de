// Adds up exchanges to the sums of minutes, hours and days, with a bound on how many series there are.
import { GRAIN_MS, GRAINS, type Grain } from '../domain/log-segment.ts'
import { limits } from '../limits.ts'
import type { ExchangeRecord } from '../ports/exchange-record.ts'
import type { RollUp, UsageSums } from '../ports/request-log.ts'

/** Stands for models and client keys beyond the bound. */
export const OTHER = '(other)'

type Series = Pick<RollUp, 'upstream' | 'model' | 'clientKeyId' | 'accountId'>
type Mutable<T> = { -readonly [K in keyof T]: T[K] }

const OUTCOME_SUM = {
  ok: 'ok',
  absorbed: 'absorbed',
  upstream_error: 'upstreamError',
  rejected: 'rejected',
  exhausted: 'exhausted',
  aborted: 'aborted',
} as const satisfies Record<ExchangeRecord['outcome'], keyof UsageSums>

const SERIES_MAX: Readonly<Record<Grain, number>> = {
  minute: limits.usageSeriesPerMinute,
  hour: limits.usageSeriesPerHour,
  day: limits.usageSeriesPerDay,
}

export class UsageSheet {
  readonly #known = { minute: new KnownSeries(SERIES_MAX.minute), hour: new KnownSeries(SERIES_MAX.hour), day: new KnownSeries(SERIES_MAX.day) }
  readonly #models = new KnownSeries(limits.usageModelsPerDay)

  /** One sum per grain, bucket and series; each counts every record once. */
  sumUp(records: readonly ExchangeRecord[]): RollUp[] {
    const minutes = new Map<string, { readonly series: Series; readonly minuteMs: number; readonly sums: Mutable<UsageSums> }>()
    for (const record of records) {
      const minuteMs = bucketOf('minute', record.startedAtMs + record.durationMs)
      const { upstream, model, clientKeyId, accountId } = record
      const key = `${minuteMs} ${upstream} ${clientKeyId} ${accountId} ${model}`
      let minute = minutes.get(key)
      if (minute === undefined) minutes.set(key, (minute = { series: { upstream, model, clientKeyId, accountId }, minuteMs, sums: noSums() }))
      addRecord(minute.sums, record)
    }
    const rollUps = new Map<string, Mutable<RollUp>>()
    for (const { series, minuteMs, sums } of minutes.values()) {
      const bounded = this.#models.has(series.model, bucketOf('day', minuteMs)) ? series : { ...series, model: OTHER }
      for (const grain of GRAINS) this.#add(rollUps, grain, bucketOf(grain, minuteMs), bounded, sums)
    }
    return [...rollUps.values()]
  }

  #add(rollUps: Map<string, Mutable<RollUp>>, grain: Grain, bucketMs: number, given: Series, sums: UsageSums): void {
    const series = this.#known[grain].has(keyOf(given), bucketMs) ? given : { ...given, model: OTHER, clientKeyId: OTHER }
    const key = `${grain} ${bucketMs} ${keyOf(series)}`
    const known = rollUps.get(key)
    if (known === undefined) rollUps.set(key, { grain, bucketMs, ...series, ...sums })
    else for (const name of Object.keys(sums) as (keyof UsageSums)[]) known[name] += sums[name]
  }
}

/** The first so many names of a bucket; it forgets them when a later bucket begins. */
class KnownSeries {
  readonly #max: number
  readonly #names = new Set<string>()
  #bucketMs = 0

  constructor(max: number) {
    this.#max = max
  }

  has(name: string, bucketMs: number): boolean {
    if (bucketMs > this.#bucketMs) {
      this.#bucketMs = bucketMs
      this.#names.clear()
    }
    if (this.#names.has(name)) return true
    if (this.#names.size >= this.#max) return false
    this.#names.add(name)
    return true
  }
}

function bucketOf(grain: Grain, atMs: number): number {
  return Math.floor(atMs / GRAIN_MS[grain]) * GRAIN_MS[grain]
}

function keyOf({ upstream, model, clientKeyId, accountId }: Series): string {
  return `${upstream} ${clientKeyId} ${accountId} ${model}`
}

function addRecord(sums: Mutable<UsageSums>, record: ExchangeRecord): void {
  const { usage, costMicroUsd } = record
  sums.requests++
  sums[OUTCOME_SUM[record.outcome]]++
  sums.attempts += record.attempts
  sums.bytesIn += record.bytesIn
  sums.bytesOut += record.bytesOut
  sums.durationUs += Math.max(0, Math.round(record.durationMs * 1000))
  if (costMicroUsd !== undefined) sums.costMicroUsd += costMicroUsd
  if (usage === undefined) return
  sums.input += usage.input
  sums.output += usage.output
  sums.cacheRead += usage.cacheRead
  sums.cacheWrite += usage.cacheWrite
  sums.reasoning += usage.reasoning
  if (record.isUsageEstimated) sums.estimated++
  if (costMicroUsd === undefined) sums.unpriced++
}

export function noSums(): Mutable<UsageSums> {
  return {
    ...{ requests: 0, ok: 0, absorbed: 0, upstreamError: 0, rejected: 0, exhausted: 0, aborted: 0, attempts: 0, bytesIn: 0, bytesOut: 0 },
    ...{ input: 0, output: 0, cacheRead: 0, cacheWrite: 0, reasoning: 0, estimated: 0, costMicroUsd: 0, unpriced: 0, durationUs: 0 },
  }
}
