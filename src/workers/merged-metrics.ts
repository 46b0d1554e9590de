// The figures of all workers as one answer: who is late counts with its last known ones, who is gone with its counters.
import { type MetricDump, mergeMetrics, renderMerged, type Scrape } from '../infrastructure/metrics/open-metrics.ts'

const POOL_KEYS = 'akr_pool_keys'
const OTHER = 'other'

export class MergedMetrics {
  readonly #last = new Map<number, MetricDump>()
  /** Counters and histograms of workers that are gone: without them every restart would look like a loss, and the next scrape like a jump. */
  #gone: MetricDump = []
  #retiring: Promise<void> = Promise.resolve()

  record(worker: number, dump: MetricDump): void {
    this.#last.set(worker, dump)
  }

  retire(worker: number): void {
    const last = this.#last.get(worker)
    this.#last.delete(worker)
    if (last === undefined) return
    const counted = last.filter(({ type }) => String(type) !== 'gauge')
    this.#retiring = this.#retiring.then(async () => void (this.#gone = await mergeMetrics([this.#gone, counted])))
  }

  /** @param own the primary's figures; @param answered workers whose figures are fresh */
  async render(own: MetricDump, answered: ReadonlySet<number>): Promise<Scrape> {
    await this.#retiring
    const isFresh = ([id]: readonly [number, MetricDump]): number => (answered.has(id) ? 0 : 1)
    const last = [...this.#last].sort((a, b) => isFresh(a) - isFresh(b)).map(([, dump]) => dump)
    this.#forgetRemoved(last)
    return renderMerged([own, ...last, this.#gone])
  }

  /** Series of upstreams that no worker knows any more, or a year of renames would pile up. */
  #forgetRemoved(dumps: readonly MetricDump[]): void {
    if (dumps.length === 0) return
    const known = new Set<unknown>([undefined, OTHER])
    for (const dump of dumps) for (const value of dump.find(({ name }) => name === POOL_KEYS)?.values ?? []) known.add(value.labels['upstream'])
    this.#gone = this.#gone.map((metric) => ({ ...metric, values: metric.values.filter(({ labels }) => known.has(labels['upstream'])) }))
  }
}
