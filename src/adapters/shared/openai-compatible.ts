// The dialect that most vendors speak: everything about it that is not the vendor's name and address.
import type { Adapter } from '../adapter.ts'
import {
  type CodeRule,
  createClassifier,
  createCodeTable,
  KEY_INVALID,
  KEY_REFUSED,
  type MessageRule,
  OVERLOADED,
  QUOTA,
  RATE,
  REQUEST,
} from './classify-by-code.ts'
import { classifyOpenaiFirstEvent, isOpenaiStreamComplete, renderOpenaiStreamError } from './openai-stream.ts'
import { createOpenaiMeter } from './openai-usage.ts'

/** OpenAI's codes, which its followers copy; a vendor's own table is put over it. */
const OPENAI_CODES: Readonly<Record<string, CodeRule>> = {
  invalid_api_key: KEY_INVALID,
  account_deactivated: KEY_INVALID,
  ip_not_authorized: KEY_REFUSED,
  // These two come from headers that the client chose.
  invalid_organization: REQUEST,
  mismatched_organization: REQUEST,
  insufficient_quota: QUOTA,
  billing_hard_limit_reached: QUOTA,
  billing_not_active: QUOTA,
  credit_balance_exhausted: QUOTA,
  organization_spend_limit_exceeded: QUOTA,
  project_spend_limit_exceeded: QUOTA,
  organization_usage_limit_exceeded: QUOTA,
  overloaded_error: OVERLOADED,
  engine_overloaded: OVERLOADED,
  server_is_overloaded: OVERLOADED,
}

/** Words of the dialect that mean something in a stream, where no status stands beside them. */
const STREAM_CODES: Readonly<Record<string, CodeRule>> = {
  rate_limit_exceeded: RATE,
  rate_limit_error: RATE,
  slow_down: RATE,
  invalid_request_error: REQUEST,
  authentication_error: KEY_REFUSED,
}

/** For vendors whose list of models is public or missing: an empty call is refused for its body (400, 422) or, first, for its key (401). */
export const EMPTY_CHAT_PROBE = {
  method: 'POST',
  path: '/v1/chat/completions',
  headers: ['content-type', 'application/json'],
  body: '{}',
} as const satisfies Adapter['probe']

/** Part of every adapter of this dialect. */
export const openaiCompatible = {
  kind: 'llm',
  dialect: 'openai',
  keyPlacement: { location: 'header', name: 'authorization', prefix: 'Bearer ' },
  versionSegments: ['v1'],
  keyPattern: undefined,
  keyPrefixes: [],
  probe: { method: 'GET', path: '/v1/models' },
  requiredHeaders: [],
  ...createOpenaiRules({}),
  isStreamComplete: isOpenaiStreamComplete,
  renderStreamError: renderOpenaiStreamError,
  createMeter: createOpenaiMeter,
} as const satisfies Omit<Adapter, 'name' | 'title' | 'defaultBaseUrl'>

/**
 * `classify` and `classifyFirstEvent` with a vendor's own codes and sentences over those of OpenAI.
 * @param codes by `code` or `type` of an error body
 */
export function createOpenaiRules(
  codes: Readonly<Record<string, CodeRule>>,
  messages: readonly MessageRule[] = [],
): Pick<Adapter, 'classify' | 'classifyFirstEvent'> {
  const table = createCodeTable(OPENAI_CODES, codes)
  const streamTable = createCodeTable(STREAM_CODES, OPENAI_CODES, codes)
  return {
    classify: createClassifier({ codes: table, messages }),
    classifyFirstEvent: (firstEvent) => classifyOpenaiFirstEvent(firstEvent, streamTable),
  }
}
