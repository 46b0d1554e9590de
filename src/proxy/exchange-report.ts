// What is remembered of an exchange while it runs, and written down once when it is over.
import { headerValue } from '../domain/message.ts'
import type { ExchangeRecord } from '../ports/logger.ts'
import type { ExchangeStart } from './exchange-parts.ts'

export class ExchangeReport {
  clientKeyId = ''
  errorCode = ''
  bytesIn = 0
  firstAttemptAtMs: number | undefined
  firstByteAtMs: number | undefined
  /** Why earlier attempts failed that the client never saw. */
  readonly absorbed: string[] = []

  render(
    start: ExchangeStart,
    end: Pick<ExchangeRecord, 'upstream' | 'status' | 'outcome' | 'attempts' | 'keyId' | 'stream' | 'bytesOut' | 'clientAddress'>,
    nowMs: number,
  ): ExchangeRecord {
    const { requestId, kind, head, rest, startedAtMs, routed } = start
    return {
      requestId,
      upstream: end.upstream,
      kind,
      clientKeyId: this.clientKeyId,
      method: head.method,
      path: routed?.path ?? rest,
      route: routed?.route.name ?? '',
      status: end.status,
      outcome: end.outcome,
      errorCode: this.errorCode,
      attempts: end.attempts,
      keyId: end.keyId,
      stream: end.stream,
      durationMs: nowMs - startedAtMs,
      overheadMs: this.firstAttemptAtMs === undefined ? undefined : this.firstAttemptAtMs - startedAtMs,
      firstByteMs: this.firstByteAtMs === undefined ? undefined : this.firstByteAtMs - startedAtMs,
      bytesIn: this.bytesIn,
      bytesOut: end.bytesOut,
      clientAddress: end.clientAddress,
      userAgent: headerValue(head.headers, 'user-agent') ?? '',
    }
  }
}
