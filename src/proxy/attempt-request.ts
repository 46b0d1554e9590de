// The request of one attempt: what the client sent, with the pool's key in its place.
import type { TraceContext } from '../ports/exchange-record.ts'
import type { PoolKey } from '../services/pool-key.ts'
import type { AttemptRequest } from './attempt.ts'
import { withKey } from './credentials.ts'
import type { Admission } from './exchange-parts.ts'
import type { InboundHead } from './guard.ts'
import { HOPS_HEADER } from './loop-guard.ts'
import { pushTraceHeaders } from './trace-headers.ts'

export interface AttemptTerms {
  /** At the target it goes to, without the query. */
  readonly path: string
  readonly isFresh: boolean
  readonly isUpgrade: boolean
  /** How many attempts came before; undefined when upstreams are told nothing of traces. */
  readonly tracedAfter: number | undefined
  readonly trace: TraceContext | undefined
  /** See LoopGuard. */
  readonly hops: string | undefined
}

/** @throws GatewayError request_malformed: the key has no place in this request */
export function createAttemptRequest({ destination, clean, body: captured }: Admission, head: InboundHead, key: PoolKey, terms: AttemptTerms): AttemptRequest {
  const { path, isFresh, isUpgrade } = terms
  const { headers, query, body } = withKey(clean, destination.upstream.keyPlacement, key.spec.value.reveal(), captured.buffer)
  if (terms.tracedAfter !== undefined) pushTraceHeaders(headers, head.headers, terms.trace, terms.tracedAfter)
  if (terms.hops !== undefined) headers.push(HOPS_HEADER, terms.hops)
  if (captured.stream !== undefined && head.contentLength >= 0) headers.push('content-length', String(head.contentLength))
  const { connectMs } = destination
  return { method: head.method, path: query === '' ? path : `${path}?${query}`, headers, body: body ?? captured.stream, connectMs, isFresh, isUpgrade }
}
