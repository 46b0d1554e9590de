// Streams of the Messages API: Anthropic's own, and those of the many vendors that offer it beside the OpenAI dialect.
import { judgeStreamEnd, parseStreamTail, renderStreamEvent, type StreamEvent } from './stream.ts'

const MESSAGES_PATH = /\/messages$/

export function isMessagesPath(path: string): boolean {
  return MESSAGES_PATH.test(path)
}

/** Whole with `message_stop` or an error; undefined for other endpoints. */
export function isMessagesStreamComplete(path: string, tail: string): boolean | undefined {
  return isMessagesPath(path) ? judgeStreamEnd(parseStreamTail(tail), judgeEvent) : undefined
}

function judgeEvent(event: StreamEvent): boolean | undefined {
  const type = event.name === '' ? /"type"\s*:\s*"([a-z_]+)"/.exec(event.data)?.[1] : event.name
  if (type === undefined || type === 'ping') return undefined
  return type === 'message_stop' || type === 'error'
}

export function renderMessagesStreamError(code: string, message: string, requestId: string): string {
  const type = code === 'upstream_timeout' ? 'timeout_error' : code === 'overloaded' ? 'overloaded_error' : 'api_error'
  return renderStreamEvent('error', { type: 'error', error: { type, message, code }, request_id: requestId })
}
