// Cerebras, in the OpenAI dialect.
import type { Adapter } from '../adapter.ts'
import { KEY_INVALID, OVERLOADED } from '../shared/classify-by-code.ts'
import { createOpenaiRules, openaiCompatible } from '../shared/openai-compatible.ts'

/** `request_quota_exceeded` and `token_quota_exceeded` are limits per minute, hour or day: the status says enough. */
const CODES = {
  wrong_api_key: KEY_INVALID,
  queue_exceeded: OVERLOADED,
}

export const cerebras = {
  ...openaiCompatible,
  name: 'cerebras',
  title: 'Cerebras',
  defaultBaseUrl: 'https://api.cerebras.ai/v1',
  keyPattern: /^csk-[A-Za-z0-9]{40,}$/,
  keyPrefixes: ['csk-'],
  ...createOpenaiRules(CODES),
} as const satisfies Adapter
