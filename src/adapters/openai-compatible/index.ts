// Any other vendor or server that speaks the OpenAI dialect.
import type { Adapter } from '../adapter.ts'
import { openaiCompatible } from '../shared/openai-compatible.ts'

export const anyCompatible = {
  ...openaiCompatible,
  name: 'openai-compatible',
  title: 'Any OpenAI-compatible API',
  defaultBaseUrl: undefined,
} as const satisfies Adapter
