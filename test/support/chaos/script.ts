// Owns what a test may script for one key.
import type { ChaosExchange, HeaderPairs } from './exchange.ts'

export interface ScriptedReply {
  readonly status: number
  /** Value of Retry-After. */
  readonly retryAfter?: string | number
  readonly headers?: HeaderPairs
  /** An object is sent as JSON. */
  readonly body?: unknown
}

/** undefined = the path's own behaviour. */
export type Script = ScriptedReply | ((exchange: ChaosExchange) => ScriptedReply | undefined | void)

export function sendScripted(exchange: ChaosExchange, reply: ScriptedReply): void {
  const headers: [string, string][] = (reply.headers ?? []).map(([name, value]) => [name, value])
  if (reply.retryAfter !== undefined) headers.push(['Retry-After', String(reply.retryAfter)])
  const isText = typeof reply.body === 'string' || Buffer.isBuffer(reply.body)
  if (!headers.some(([name]) => name.toLowerCase() === 'content-type')) headers.push(['Content-Type', isText ? 'text/plain' : 'application/json'])
  const body = isText ? reply.body : JSON.stringify(reply.body ?? { error: { message: `scripted ${reply.status}` } })
  exchange.reply(reply.status, headers, body)
}
