// xAI, in the OpenAI dialect.
import type { Adapter } from '../adapter.ts'
import { openaiCompatible } from '../shared/openai-compatible.ts'

export const xai = {
  ...openaiCompatible,
  name: 'xai',
  title: 'xAI',
  defaultBaseUrl: 'https://api.x.ai/v1',
  keyPattern: /^xai-[A-Za-z0-9]{60,}$/,
  keyPrefixes: ['xai-'],
} as const satisfies Adapter
