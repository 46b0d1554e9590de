// Cerebras, in the OpenAI dialect.
import type { Adapter } from '../adapter.ts'
import { openaiCompatible } from '../shared/openai-compatible.ts'

export const cerebras = {
  ...openaiCompatible,
  name: 'cerebras',
  title: 'Cerebras',
  defaultBaseUrl: 'https://api.cerebras.ai/v1',
  keyPattern: /^csk-[A-Za-z0-9]{40,}$/,
  keyPrefixes: ['csk-'],
} as const satisfies Adapter
