// Together AI, in the OpenAI dialect.
import type { Adapter } from '../adapter.ts'
import { openaiCompatible } from '../shared/openai-compatible.ts'

export const together = {
  ...openaiCompatible,
  name: 'together',
  title: 'Together AI',
  defaultBaseUrl: 'https://api.together.ai/v1',
} as const satisfies Adapter
