// DeepSeek, in the OpenAI dialect.
import type { Adapter } from '../adapter.ts'
import { openaiCompatible } from '../shared/openai-compatible.ts'

// Answers with and without /v1, but the account's own calls (/user/balance) exist without it only.
export const deepseek = {
  ...openaiCompatible,
  name: 'deepseek',
  title: 'DeepSeek',
  defaultBaseUrl: 'https://api.deepseek.com',
  keyPattern: /^sk-[0-9a-f]{32}$/,
  keyPrefixes: ['sk-'],
  versionSegments: ['', 'v1'],
  probe: { method: 'GET', path: '/models' },
} as const satisfies Adapter
