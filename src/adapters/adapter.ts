// One vendor's way of speaking HTTP: plain data and pure functions, no I/O, no framework types.
import type { AdapterFacts } from '../domain/adapter-facts.ts'
import type { HeaderList, ResponseHead } from '../domain/message.ts'
import type { Verdict } from '../domain/outcome.ts'
import type { UsageMeter } from '../domain/usage.ts'

export interface Adapter extends AdapterFacts {
  /**
   * Version segments of which exactly one must appear upstream, e.g. `['v1']`; empty = the path is never touched. The one in
   * the base URL wins over the client's; when both carry none, the first is put. `''` first = the vendor has no version and the
   * others are dropped; `''` later = a path without one stays as it is.
   */
  readonly versionSegments: readonly string[]
  /** The cheapest call that proves a key; undefined when none is known. Path as a client would send it after the slug. */
  readonly probe: { readonly method: 'GET' | 'POST'; readonly path: string; readonly headers?: HeaderList; readonly body?: string } | undefined
  /** Headers a request must carry and that are added when the client did not send them; lower-case names. */
  readonly requiredHeaders: HeaderList
  /**
   * What a complete answer means for the key. Called for every answer that is not 2xx, with up to limits.classifyBytesMax
   * of the body as latin1 text (empty when it is encoded), and never for 2xx.
   */
  classify(head: ResponseHead, bodyStart: string, nowMs: number): Verdict
  /**
   * For an event stream that has begun with 200: the verdict when its first event is an error, undefined when it is not.
   * @param firstEvent text of the stream up to the first blank line, latin1
   */
  classifyFirstEvent(firstEvent: string): Verdict | undefined
  /**
   * Whether an event stream that ended here is whole: true, false, or undefined when this endpoint has no known terminator.
   * @param path path as sent upstream, without the query
   * @param tail the last limits.streamTailBytes of the stream, latin1
   */
  isStreamComplete(path: string, tail: string): boolean | undefined
  /** The text of an error event in this vendor's stream format, with a blank line before and after. */
  renderStreamError(path: string, code: string, message: string, requestId: string): string
  /**
   * Reads what the answer to a POST consumed, from its plain bytes; undefined for endpoints that consume no tokens. Only called for 2xx.
   * Absent when nothing of this vendor is counted in tokens.
   * @param path path as sent upstream, without the query
   */
  readonly createMeter?: (path: string, isEventStream: boolean) => UsageMeter | undefined
}
