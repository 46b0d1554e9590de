// What Anthropic's answers mean: error types, and sentences where a type is not enough.
import type { ResponseHead } from '../../domain/message.ts'
import type { Verdict } from '../../domain/outcome.ts'
import {
  type CodeRule,
  createClassifier,
  createCodeTable,
  createVerdict,
  FAILED,
  KEY_INVALID,
  KEY_REFUSED,
  type MessageRule,
  OVERLOADED,
  QUOTA,
  RATE,
  REQUEST,
} from '../shared/classify-by-code.ts'
import { isRecord, parseErrorBody, parseObject } from '../shared/error-body.ts'
import { parseEvent } from '../shared/stream.ts'

const CODES: Readonly<Record<string, CodeRule>> = {
  authentication_error: KEY_INVALID,
  billing_error: QUOTA,
  overloaded_error: OVERLOADED,
}

/** Limits of spending, and a browser's Origin header that the client sent, come under types that also mean other things: only the words tell. */
const MESSAGES: readonly MessageRule[] = [
  { statuses: [400, 403, 429], message: /^Your credit balance is too low/, code: 'credit_balance', ...QUOTA },
  { statuses: [400, 429], message: /^You have reached your specified (?:workspace )?API usage limits/, code: 'usage_limit', ...QUOTA },
  { statuses: [401], message: /^CORS requests are not allowed/, code: 'cors', ...REQUEST },
  { statuses: [400, 403], message: /^This organization has been disabled/, code: 'organization_disabled', ...KEY_REFUSED },
]

const STREAM_CODES = createCodeTable(CODES, { rate_limit_error: RATE, invalid_request_error: REQUEST, permission_error: REQUEST })

const classifyByCode = createClassifier({ codes: createCodeTable(CODES), messages: MESSAGES })

/** The monthly cap of an organisation is a 429 without retry-after; only `error.details.error_code` tells it from a rate limit. */
export function classify(head: ResponseHead, bodyStart: string, nowMs: number): Verdict {
  if (head.status === 429) {
    const details = parseErrorBody(bodyStart)?.fields['details']
    if (isRecord(details) && details['error_code'] === 'enforced_spend_limit_reached')
      return createVerdict(QUOTA, '429 enforced_spend_limit_reached', undefined)
  }
  return classifyByCode(head, bodyStart, nowMs)
}

/** `event: error` right after the 200: Anthropic does this when it is overloaded. */
export function classifyFirstEvent(firstEvent: string): Verdict | undefined {
  const event = parseEvent(firstEvent)
  if (event.name !== 'error' && parseObject(event.data)?.['type'] !== 'error') return undefined
  const body = parseErrorBody(event.data)
  const type = body?.type ?? ''
  const rule = MESSAGES.find(({ message }) => message.test(body?.message ?? '')) ?? STREAM_CODES.get(type) ?? FAILED
  return createVerdict(rule, /^[a-z_]{1,48}$/.test(type) ? `stream error ${type}` : 'stream error', undefined)
}
