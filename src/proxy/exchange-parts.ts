// What an exchange starts with, and what its admission finds out.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { ClientKey } from '../domain/client-key.ts'
import type { Dialect } from '../domain/dialect.ts'
import type { Route, RouteHit } from '../domain/route.ts'
import type { TraceContext } from '../ports/exchange-record.ts'
import type { LimitPlace } from '../services/request-limits.ts'
import type { LiveClientKey, UpstreamEntry } from '../services/snapshot.ts'
import type { CapturedBody } from './body.ts'
import type { CleanRequest } from './credentials.ts'
import type { Destination } from './destination.ts'
import type { InboundHead } from './guard.ts'
import type { VendorAnswer } from './vendor-answer.ts'

export interface ExchangeStart {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly head: InboundHead
  readonly kind: 'llm' | 'generic'
  readonly slug: string
  /** Raw path behind the slug; empty or starting with `/`. */
  readonly rest: string
  readonly query: string
  readonly requestId: string
  readonly startedAtMs: number
  /** Absent while tracing is off. */
  readonly trace?: TraceContext | undefined
  /** The configured route that it came by; absent below /proxy and /llm. */
  readonly routed?: Routed
  /** Whose request it is, when the gateway makes it for a client that is not there: its credential is not known, and not asked for. */
  readonly onBehalfOf?: LiveClientKey
  /** Of a WebSocket's handshake; absent in every other request. */
  readonly upgrade?: UpgradeStart | undefined
}

/** What a route adds to a request. */
export interface Routed extends RouteHit {
  /** Of the request, raw, without the query. */
  readonly path: string
  /** The body, when the look-up of the route had to read it. */
  readonly captured: CapturedEarlier | undefined
}

export interface CapturedEarlier {
  /** @param progressed told about the bytes of a streamed body as they arrive, those included that have arrived */
  take(progressed: (bytes: number) => void): CapturedBody
}

/** The client's side of a WebSocket: from the handshake, which is a request like any other, to its end. */
export interface UpgradeStart {
  readonly isOpen: boolean
  /** Told who serves the handshake, to end it when the client does not wait for the answer; and by which route it came. */
  began(flight: { fail(error: unknown): void }, route?: Route): void
  /** Why the vendor's answer does not open it; undefined when it does. */
  findFault(answer: Pick<VendorAnswer, 'status' | 'headers'>): string | undefined
  /** Answers 101 and joins both connections. @param headers as of any answer; `ended` is called once */
  open(vendor: Duplex, headers: readonly string[], terms: UpgradeTerms, ended: (end: UpgradeEnd) => void): void
  /** Ends it now. */
  close(): void
}

/** Whose it is, and where it leads: it ends when one of them is taken away. */
export interface UpgradeTerms {
  readonly clientKey: ClientKey | undefined
  /** undefined for a target of a route's own. */
  readonly entry: UpstreamEntry | undefined
}

export interface UpgradeEnd {
  readonly outcome: 'ok' | 'upstream_error' | 'aborted'
  readonly bytesIn: number
  readonly bytesOut: number
}

/** What authentication and routing found out. */
export interface Admission {
  readonly clientKey: ClientKey
  readonly entry: UpstreamEntry
  /** The upstream key must carry it; undefined = any will do. */
  readonly keyTag: string | undefined
  readonly destination: Destination
  /** Below the first target. */
  readonly path: string
  /** What it was made of, for targets with another base path. */
  readonly rest: string
  readonly clean: CleanRequest
  readonly body: CapturedBody
}

/** An exchange that asks to be admitted. */
export interface Applicant {
  readonly start: ExchangeStart
  /** In whose words its errors are written; set as soon as it is known. */
  dialect: Dialect
  /** Who calls; set as soon as it is known. */
  clientKey: ClientKey | undefined
  readonly isOver: boolean
  /** Keeps what counts the exchange against limits until it is over; gives it back at once when it already is. */
  hold(place: LimitPlace): void
  fail(error: unknown): void
  /** Captures the body; continues with `next` unless the body is refused or the client leaves. */
  capture(kind: 'llm' | 'generic', next: (body: CapturedBody) => void): void
}
