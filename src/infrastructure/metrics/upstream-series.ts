// The numbers of one upstream, found once per request and then counted without allocating.
import type { TokenUsage } from '../../domain/usage.ts'
import type { ExchangeRecord } from '../../ports/exchange-record.ts'
import { Histogram } from './histogram.ts'
import { LabelCounter } from './label-counter.ts'
import { DURATION_BOUNDS } from './metric-names.ts'
import { ModelSeries } from './model-series.ts'

const OUTCOMES: readonly ExchangeRecord['outcome'][] = ['ok', 'absorbed', 'upstream_error', 'rejected', 'exhausted', 'aborted']
const STATUS_MAX = 599
/** A vendor answers with a dozen different statuses; a hostile one with hundreds. */
const STATUS_OUTCOMES_MAX = 60
const REASONS_MAX = 30

export class UpstreamSeries {
  /** Of the last request; an upstream has one kind. */
  kind: ExchangeRecord['kind'] = 'generic'
  readonly attempts = new LabelCounter(REASONS_MAX)
  readonly absorbed = new LabelCounter(REASONS_MAX)
  /** Keyed `<to> <outcome>`. */
  readonly transitions = new LabelCounter(REASONS_MAX)
  /** By label of the model. */
  readonly models = new Map<string, ModelSeries>()
  inFlight = 0
  exhausted = 0
  timeToFirstByte: Histogram | undefined
  readonly #requests = new Map<number, number>()
  #whole: Histogram | undefined
  #streamed: Histogram | undefined

  finish(record: ExchangeRecord): void {
    this.kind = record.kind
    const status = record.status <= STATUS_MAX ? record.status : 0
    let slot = status * OUTCOMES.length + OUTCOMES.indexOf(record.outcome)
    let count = this.#requests.get(slot)
    if (count === undefined && this.#requests.size >= STATUS_OUTCOMES_MAX) {
      slot = OUTCOMES.indexOf(record.outcome)
      count = this.#requests.get(slot)
    }
    this.#requests.set(slot, (count ?? 0) + 1)
    const durationS = record.durationMs / 1000
    if (record.stream) {
      this.#streamed ??= new Histogram(DURATION_BOUNDS)
      this.#streamed.observe(durationS)
      if (record.kind === 'llm' && record.firstByteMs !== undefined) {
        this.timeToFirstByte ??= new Histogram(DURATION_BOUNDS)
        this.timeToFirstByte.observe(record.firstByteMs / 1000)
      }
    } else {
      this.#whole ??= new Histogram(DURATION_BOUNDS)
      this.#whole.observe(durationS)
    }
  }

  consume(usage: TokenUsage, model: string, record: ExchangeRecord): void {
    let series = this.models.get(model)
    if (series === undefined) this.models.set(model, (series = new ModelSeries()))
    series.add(usage, record)
  }

  /** `status` is `other` beyond the bound. */
  *requests(): Iterable<{ readonly status: string; readonly outcome: string; readonly count: number }> {
    for (const [slot, count] of this.#requests) {
      const status = Math.floor(slot / OUTCOMES.length)
      yield { status: status === 0 ? 'other' : String(status), outcome: OUTCOMES[slot % OUTCOMES.length] as string, count }
    }
  }

  *durations(): Iterable<{ readonly stream: 'true' | 'false'; readonly histogram: Histogram }> {
    if (this.#whole !== undefined) yield { stream: 'false', histogram: this.#whole }
    if (this.#streamed !== undefined) yield { stream: 'true', histogram: this.#streamed }
  }
}
