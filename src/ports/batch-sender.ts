// How the lines of a batch become requests.
import type { LineTarget } from '../domain/batch-line.ts'

export interface LineRequest {
  /** Whose limits count, see ownerOf. */
  readonly owner: string
  readonly target: LineTarget
  /** The whole line; its `body` goes out byte for byte, but for the model. */
  readonly line: string
}

export interface LineAnswer {
  readonly status: number
  readonly requestId: string
  /** One line of JSON: the vendor's, or, when it sent something else, a text. */
  readonly body: string
  /** Code of an error that the gateway made itself; undefined for an answer of the vendor. */
  readonly gatewayCode: string | undefined
  /** ms; what the answer asks for before another try. */
  readonly retryAfterMs: number | undefined
  /** The answer was longer than limits.batchAnswerBytesMax, or broke off. */
  readonly isCut: boolean
}

export interface BatchSender {
  /** How many lines for this upstream may be in flight now without being in anybody's way; 0 = wait. */
  room(slug: string): number
  /** The slugs that the owner may use and that exist as LLM upstreams, among those given. */
  usable(owner: string, slugs: Iterable<string>): ReadonlySet<string>
  /** Sends a line as a request like any other. @throws GatewayError when it could not begin; and when the signal ended it */
  send(request: LineRequest, signal: AbortSignal): Promise<LineAnswer>
}
