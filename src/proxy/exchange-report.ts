// What is remembered of an exchange while it runs, and written down once when it is over.
import { headerValue } from '../domain/message.ts'
import type { ClientKey } from '../domain/client-key.ts'
import type { MeteredAnswer } from '../domain/usage.ts'
import type { AttemptRecord, ExchangeRecord } from '../ports/exchange-record.ts'
import type { ExchangeStart } from './exchange-parts.ts'

export class ExchangeReport {
  clientKey: ClientKey | undefined
  errorCode = ''
  bytesIn = 0
  firstAttemptAtMs: number | undefined
  firstByteAtMs: number | undefined
  /** Why earlier attempts failed that the client never saw. */
  readonly absorbed: string[] = []
  tries: readonly AttemptRecord[] = []
  /** The model that was asked for. */
  askedModel = ''
  metered: MeteredAnswer | undefined
  costMicroUsd: number | undefined

  render(
    start: ExchangeStart,
    end: Pick<ExchangeRecord, 'upstream' | 'status' | 'outcome' | 'attempts' | 'keyId' | 'stream' | 'bytesOut' | 'clientAddress'>,
    now: { readonly monotonicMs: number; readonly epochMs: number },
  ): ExchangeRecord {
    const { requestId, kind, head, rest, startedAtMs, routed } = start
    const { clientKey, metered } = this
    return {
      requestId,
      startedAtMs: now.epochMs - (now.monotonicMs - startedAtMs),
      upstream: end.upstream,
      kind,
      clientKeyId: clientKey?.id ?? '',
      accountId: clientKey?.accountId ?? '',
      method: head.method,
      path: routed?.path ?? rest,
      route: routed?.route.name ?? '',
      status: end.status,
      outcome: end.outcome,
      errorCode: this.errorCode,
      attempts: end.attempts,
      tries: this.tries,
      keyId: end.keyId,
      stream: end.stream,
      durationMs: now.monotonicMs - startedAtMs,
      overheadMs: this.firstAttemptAtMs === undefined ? undefined : this.firstAttemptAtMs - startedAtMs,
      firstByteMs: this.firstByteAtMs === undefined ? undefined : this.firstByteAtMs - startedAtMs,
      bytesIn: this.bytesIn,
      bytesOut: end.bytesOut,
      clientAddress: end.clientAddress,
      userAgent: headerValue(head.headers, 'user-agent') ?? '',
      model: metered === undefined || metered.model === '' ? this.askedModel : metered.model,
      usage: metered?.usage,
      isUsageEstimated: metered?.isEstimated === true,
      costMicroUsd: this.costMicroUsd,
      trace: start.trace,
    }
  }
}
