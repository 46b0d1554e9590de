// Cohere, in the OpenAI dialect.
import type { Adapter } from '../adapter.ts'
import { EMPTY_CHAT_PROBE, openaiCompatible } from '../shared/openai-compatible.ts'

export const cohere = {
  ...openaiCompatible,
  name: 'cohere',
  title: 'Cohere',
  defaultBaseUrl: 'https://api.cohere.ai/compatibility/v1',
  probe: EMPTY_CHAT_PROBE,
} as const satisfies Adapter
