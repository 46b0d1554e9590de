// Who owns an attempt's answer, and hears what it turns out to be.
import type { Duplex } from 'node:stream'
import type { Verdict } from '../domain/outcome.ts'
import type { TraceContext } from '../ports/exchange-record.ts'
import type { AttemptFailure } from './attempt.ts'
import type { VendorAnswer } from './vendor-answer.ts'

/** What the exchange does with what an answer turns out to be. */
export interface AnswerOwner {
  readonly isOver: boolean
  readonly mayRetry: boolean
  /** The request is about to be written to a connection. */
  requestStarted(): void
  headArrived(): void
  /** The head is the client's: begin to relay. `flush` = do not wait for the first byte. */
  accept(answer: VendorAnswer, flush: boolean): void
  relay(chunk: Buffer): void
  /** The vendor agreed to a WebSocket: the connection is the owner's from here on. */
  upgraded(answer: VendorAnswer, socket: Duplex): void
  complete(answer: VendorAnswer): void
  /**
   * The verdict about an answer that is not a success. True when it is not the client's: another attempt or an error of ours takes
   * its place. A promise while others must be asked for another key; the answer waits.
   */
  refused(answer: VendorAnswer, verdict: Verdict): boolean | Promise<boolean>
  failed(answer: VendorAnswer, failure: AttemptFailure): void
  /** Something is wrong inside the gateway. */
  fail(error: unknown): void
}

/** The same, and what happens before there is an answer. */
export interface AttemptsOwner extends AnswerOwner {
  /** Monotonic ms. */
  readonly nowMs: number
  attemptStarted(): void
  /** The request was handed over to a connection. */
  attemptSent(): void
  /** The request is a WebSocket handshake. */
  readonly isUpgrade: boolean
  /** undefined while tracing is off. */
  readonly trace: TraceContext | undefined
}
