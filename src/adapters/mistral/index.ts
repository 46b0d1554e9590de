// Mistral AI, in the OpenAI dialect.
import type { Adapter } from '../adapter.ts'
import { openaiCompatible } from '../shared/openai-compatible.ts'

export const mistral = {
  ...openaiCompatible,
  name: 'mistral',
  title: 'Mistral AI',
  defaultBaseUrl: 'https://api.mistral.ai/v1',
} as const satisfies Adapter
