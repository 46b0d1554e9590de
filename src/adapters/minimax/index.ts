// MiniMax, in the OpenAI dialect.
import type { Adapter } from '../adapter.ts'
import { openaiCompatible } from '../shared/openai-compatible.ts'

export const minimax = {
  ...openaiCompatible,
  name: 'minimax',
  title: 'MiniMax',
  defaultBaseUrl: 'https://api.minimax.io/v1',
} as const satisfies Adapter
