// OpenRouter, in the OpenAI dialect.
import type { Adapter } from '../adapter.ts'
import { openaiCompatible } from '../shared/openai-compatible.ts'

// Its list of models is public and proves nothing: the probe asks about the key itself.
export const openrouter = {
  ...openaiCompatible,
  name: 'openrouter',
  title: 'OpenRouter',
  defaultBaseUrl: 'https://openrouter.ai/api/v1',
  keyPattern: /^sk-or-v1-[0-9a-f]{64}$/,
  keyPrefixes: ['sk-or-v1-'],
  probe: { method: 'GET', path: '/v1/key' },
} as const satisfies Adapter
