// Streams of the OpenAI dialect: Chat Completions, Completions and Responses.
import type { Verdict } from '../../domain/outcome.ts'
import { type CodeTable, createCodeTable, createVerdict, FAILED, KEY_REFUSED, QUOTA, RATE, REQUEST } from './classify-by-code.ts'
import { type ErrorBody, isRecord, parseErrorBody, parseObject } from './error-body.ts'
import { isMessagesPath, isMessagesStreamComplete, renderMessagesStreamError } from './messages-stream.ts'
import { judgeStreamEnd, parseEvent, parseStreamTail, renderStreamEvent, type StreamEvent } from './stream.ts'

const CHAT_PATH = /\/(?:chat\/)?completions$/
const RESPONSES_PATH = /\/responses(?:\/[^/]+)?$/
const RESPONSES_END = /^response\.(?:completed|failed|incomplete|cancelled)$/
/** Only the last event of the Responses API counts what was written. */
const RESPONSES_USAGE = /"output_tokens"\s*:\s*\d/

/** Chat: `[DONE]`, an error, or a last chunk with a finish_reason. Responses: the response's last event or an error. Messages: as there. Others: unknown. */
export function isOpenaiStreamComplete(path: string, tail: string): boolean | undefined {
  if (CHAT_PATH.test(path)) return judgeStreamEnd(parseStreamTail(tail), judgeChatEvent)
  if (RESPONSES_PATH.test(path)) return judgeStreamEnd(parseStreamTail(tail), judgeResponsesEvent)
  return isMessagesStreamComplete(path, tail)
}

function judgeChatEvent(event: StreamEvent): boolean | undefined {
  if (event.data === '[DONE]' || event.name === 'error' || /^\s*\{\s*"error"\s*:\s*[{"]/.test(event.data)) return true
  if (/"finish_reason"\s*:\s*"[^"]/.test(event.data)) return true
  if (/"finish_reason"\s*:\s*(?:null|"")|"delta"\s*:/.test(event.data)) return false
  return undefined
}

function judgeResponsesEvent(event: StreamEvent): boolean | undefined {
  if (event.data === '') return undefined
  const type = /^\s*\{\s*"type"\s*:\s*"([^"]*)"/.exec(event.data)?.[1] ?? event.name
  return event.data === '[DONE]' || type === 'error' || RESPONSES_END.test(type) || RESPONSES_USAGE.test(event.data)
}

/**
 * The verdict when the first event of a stream is an error: `data: {"error":{…}}`, `event: error`, `response.failed`.
 * @param codes the vendor's own codes, as for complete answers
 */
export function classifyOpenaiFirstEvent(firstEvent: string, codes: CodeTable): Verdict | undefined {
  const body = findStreamError(parseEvent(firstEvent))
  if (body === undefined) return undefined
  const rule = codes.get(body.code) ?? codes.get(body.type) ?? STATUS_RULES.get(body.code) ?? FAILED
  const overloaded = rule === FAILED && /overload/i.test(`${body.code} ${body.type} ${body.message}`)
  const code = /^[A-Za-z_]{1,48}$/.test(body.code || body.type) || /^\d{3,6}$/.test(body.code) ? ` ${body.code || body.type}` : ''
  return createVerdict(overloaded ? { outcome: 'upstream_failed', overloaded } : rule, `stream error${code}`, undefined)
}

/** Some vendors send the status they would have answered as the code of an error in the stream. */
const STATUS_RULES = createCodeTable({ 400: REQUEST, 401: KEY_REFUSED, 402: QUOTA, 403: REQUEST, 429: RATE })

function findStreamError(event: StreamEvent): ErrorBody | undefined {
  const parsed = parseObject(event.data)
  if (parsed === undefined) return undefined
  if (isRecord(parsed['error']) || typeof parsed['error'] === 'string') return parseErrorBody(event.data)
  const response = parsed['response']
  if (parsed['type'] === 'response.failed' && isRecord(response) && isRecord(response['error'])) return parseErrorBody(JSON.stringify(response))
  if (parsed['type'] === 'error' || event.name === 'error') return parseErrorBody(event.data)
  return undefined
}

/** The `error` member is what makes the official SDKs raise an error with this message, on the Responses API too. */
export function renderOpenaiStreamError(path: string, code: string, message: string, requestId: string): string {
  if (isMessagesPath(path)) return renderMessagesStreamError(code, message, requestId)
  const error = { message, type: 'server_error', param: null, code }
  if (!RESPONSES_PATH.test(path)) return renderStreamEvent('', { error, request_id: requestId })
  return renderStreamEvent('error', { type: 'error', code, message, param: null, sequence_number: 0, error, request_id: requestId })
}
