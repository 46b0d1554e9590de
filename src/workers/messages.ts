// What the primary and its workers say to each other over the channel between them.
import type { MetricDump } from '../infrastructure/metrics/open-metrics.ts'

/** How a worker is to end. */
export interface StopOrder {
  /** ms during which connections are closed politely before they are closed at all. */
  readonly announceMs: number
  /** Others serve on the same port: it accepts nothing more at once, and its readiness stays as it is. */
  readonly isRelieved: boolean
}

export type ToWorker =
  | {
      readonly say: 'start'
      /** Prints the lines for people: the first worker of the first start. */
      readonly isAnnouncer: boolean
      /** As config/transport.ts writes it: with its secrets. The channel is a socket pair that no other process has. */
      readonly config: string
    }
  | ({ readonly say: 'stop' } & StopOrder)
  | { readonly say: 'hurry' }
  | { readonly say: 'collect'; readonly scrape: number }
  | { readonly say: 'scraped'; readonly question: number; readonly contentType: string; readonly body: string }

export type ToPrimary =
  /** Loaded, waits for `start`. */
  | { readonly say: 'hello' }
  | { readonly say: 'alive' }
  /** Serves. */
  | { readonly say: 'ready' }
  /** Somebody asked this worker for the figures of all. */
  | { readonly say: 'scrape'; readonly question: number }
  | { readonly say: 'collected'; readonly scrape: number; readonly figures: MetricDump }
  /** The last figures before the end. */
  | { readonly say: 'farewell'; readonly figures: MetricDump }
