// xAI, in the OpenAI dialect.
import type { Adapter } from '../adapter.ts'
import { KEY_INVALID, QUOTA } from '../shared/classify-by-code.ts'
import { createOpenaiRules, openaiCompatible } from '../shared/openai-compatible.ts'

const MESSAGES = [
  { statuses: [400, 401], message: /^Incorrect API key provided/, code: 'incorrect_api_key', ...KEY_INVALID },
  { statuses: [403, 429], message: /^Your (?:newly created )?team .{0,80}(?:used all available credits|doesn't have any credits)/, code: 'credits', ...QUOTA },
]

export const xai = {
  ...openaiCompatible,
  name: 'xai',
  title: 'xAI',
  defaultBaseUrl: 'https://api.x.ai/v1',
  keyPattern: /^xai-[A-Za-z0-9_-]{40,}$/,
  keyPrefixes: ['xai-'],
  ...createOpenaiRules({}, MESSAGES),
} as const satisfies Adapter
