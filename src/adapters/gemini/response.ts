// What Gemini's answers mean: google.rpc statuses with their details, streams of generateContent.
import type { ResponseHead } from '../../domain/message.ts'
import type { Verdict } from '../../domain/outcome.ts'
import type { UsageMeter } from '../../domain/usage.ts'
import { type CodeRule, createVerdict, FAILED, KEY_INVALID, KEY_REFUSED, OVERLOADED, QUOTA, RATE, REQUEST } from '../shared/classify-by-code.ts'
import { classifyByStatus, renderReason } from '../shared/classify-by-status.ts'
import { type ErrorBody, isRecord, parseErrorBody, parseObject } from '../shared/error-body.ts'
import { createOpenaiMeter } from '../shared/openai-usage.ts'
import { parseDurationMs, parseRetryAfterMs } from '../shared/retry-after.ts'
import { judgeStreamEnd, parseEvent, parseStreamTail, renderStreamEvent, type StreamEvent } from '../shared/stream.ts'
import { countOf, hasCount } from '../shared/token-counts.ts'
import { createUsageMeter, type UsageReading } from '../shared/usage-scanner.ts'

/** google.api.ErrorReason: what is wrong with the key or the project behind it. */
const REASONS: ReadonlyMap<string, CodeRule> = new Map(
  Object.entries({
    API_KEY_INVALID: KEY_INVALID,
    API_KEY_SERVICE_BLOCKED: KEY_REFUSED,
    API_KEY_HTTP_REFERRER_BLOCKED: KEY_REFUSED,
    API_KEY_IP_ADDRESS_BLOCKED: KEY_REFUSED,
    API_KEY_ANDROID_APP_BLOCKED: KEY_REFUSED,
    API_KEY_IOS_APP_BLOCKED: KEY_REFUSED,
    CONSUMER_INVALID: KEY_REFUSED,
    CONSUMER_SUSPENDED: KEY_REFUSED,
    SERVICE_DISABLED: KEY_REFUSED,
    USER_PROJECT_DENIED: KEY_REFUSED,
    BILLING_DISABLED: QUOTA,
  }),
)

/** Some refusals of a key come without details. The sentences are fixed and begin the message. */
const KEY_SENTENCES: readonly (readonly [number, RegExp, string, CodeRule])[] = [
  [400, /^API key (?:not valid|expired)/, 'API_KEY_INVALID', KEY_INVALID],
  [403, /^Your API key was reported as leaked/, 'API_KEY_LEAKED', KEY_INVALID],
  [403, /^Permission denied: Consumer /, 'CONSUMER_SUSPENDED', KEY_REFUSED],
]

export function classify(head: ResponseHead, bodyStart: string, nowMs: number): Verdict {
  const body = head.status < 400 ? undefined : parseErrorBody(bodyStart)
  if (body === undefined) return classifyByStatus(head, nowMs)
  return classifyBody(head.status, body, parseRetryAfterMs(head.headers, nowMs)) ?? classifyByStatus(head, nowMs, rpcStatus(body))
}

function classifyBody(status: number, body: ErrorBody, headerMs: number | undefined): Verdict | undefined {
  const details = listDetails(body)
  const errorReason = findText(details, 'ErrorInfo', 'reason')
  const rule = REASONS.get(errorReason)
  if (rule !== undefined) return createVerdict(rule, renderReason(status, errorReason), undefined)
  const sentence = KEY_SENTENCES.find(([at, pattern]) => at === status && pattern.test(body.message))
  if (sentence !== undefined) return createVerdict(sentence[3], renderReason(status, sentence[2]), undefined)
  const reason = renderReason(status, rpcStatus(body))
  if (status === 429 || rpcStatus(body) === 'RESOURCE_EXHAUSTED') {
    if (body.code === 'quota_exceeded' || isDailyQuota(details, body.message)) return createVerdict(QUOTA, `${status} daily_quota`, undefined)
    return createVerdict(RATE, reason, headerMs ?? parseDurationMs(findText(details, 'RetryInfo', 'retryDelay')))
  }
  const isOverloaded = rpcStatus(body) === 'UNAVAILABLE' || body.code === 'service_unavailable' || /overloaded/i.test(body.message)
  return status === 503 && isOverloaded ? createVerdict(OVERLOADED, reason, headerMs) : undefined
}

function rpcStatus(body: ErrorBody): string {
  const status = body.fields['status']
  return typeof status === 'string' ? status : ''
}

function listDetails(body: ErrorBody): readonly Readonly<Record<string, unknown>>[] {
  const details = body.fields['details']
  return Array.isArray(details) ? details.filter(isRecord) : []
}

function findText(details: readonly Readonly<Record<string, unknown>>[], type: string, member: string): string {
  const detail = details.find((candidate) => String(candidate['@type']).endsWith(`google.rpc.${type}`))
  const value = detail?.[member]
  return typeof value === 'string' ? value : ''
}

/** "limit: 0" is not a used-up day but a model that this key's tier does not offer: the key is fine for other models. */
function isDailyQuota(details: readonly Readonly<Record<string, unknown>>[], message: string): boolean {
  if (/\blimit: 0\b/.test(message)) return false
  const violations = details.flatMap((detail) => (Array.isArray(detail['violations']) ? detail['violations'].filter(isRecord) : []))
  return violations.some((violation) => /PerDay/.test(String(violation['quotaId'])))
}

export function classifyFirstEvent(firstEvent: string): Verdict | undefined {
  const { data } = parseEvent(firstEvent)
  const error = parseObject(data)?.['error']
  if (!isRecord(error)) return undefined
  const body = parseErrorBody(data) as ErrorBody
  const status = Number(body.code) || 500
  const rule = status === 401 ? KEY_REFUSED : status < 500 ? REQUEST : FAILED
  const verdict = classifyBody(status, body, undefined) ?? createVerdict(rule, renderReason(status, rpcStatus(body)), undefined)
  return { ...verdict, reason: `stream error ${verdict.reason}` }
}

export function isStreamComplete(path: string, tail: string): boolean | undefined {
  return /:streamGenerateContent$/.test(path) ? judgeStreamEnd(parseStreamTail(tail), judgeEvent) : undefined
}

function judgeEvent(event: StreamEvent): boolean | undefined {
  if (/"(?:finishReason|blockReason)"\s*:\s*"[A-Z]/.test(event.data) || /^\s*\{\s*"error"\s*:\s*\{/.test(event.data)) return true
  return /"candidates"\s*:/.test(event.data) ? false : undefined
}

export function renderStreamError(_path: string, code: string, message: string, requestId: string): string {
  const [status, name] = code === 'upstream_timeout' ? [504, 'DEADLINE_EXCEEDED'] : [503, 'UNAVAILABLE']
  const info = { reason: code.toUpperCase(), domain: 'api-key-rotator', metadata: { request_id: requestId } }
  const details = [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', ...info }]
  return renderStreamEvent('', { error: { code: status, message, status: name, details } })
}

/** Thoughts and the results of built-in tools are counted beside the rest; each event of a stream has the figures so far. */
function readUsage(_member: string, value: unknown): UsageReading | undefined {
  if (!isRecord(value) || !hasCount(value, 'promptTokenCount', 'candidatesTokenCount')) return undefined
  const input = countOf(value['promptTokenCount']) + countOf(value['toolUsePromptTokenCount'])
  const reasoning = countOf(value['thoughtsTokenCount'])
  const cacheRead = Math.min(countOf(value['cachedContentTokenCount']), input)
  return { usage: { input, output: countOf(value['candidatesTokenCount']) + reasoning, cacheRead, cacheWrite: 0, reasoning }, isFinal: true }
}

const generate = createUsageMeter({ model: 'modelVersion', usage: ['usageMetadata'], text: ['text'], read: readUsage })
const embed = createUsageMeter({ model: 'modelVersion', usage: ['usageMetadata'], text: [], read: readUsage })

/** Beside its own dialect Google offers that of OpenAI. */
export function createMeter(path: string, isEventStream: boolean): UsageMeter | undefined {
  if (/:(?:streamGenerate|generate)Content$/.test(path)) return generate()
  return /:(?:batchEmbedContents|embedContent)$/.test(path) ? embed() : createOpenaiMeter(path, isEventStream)
}
