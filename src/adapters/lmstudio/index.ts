// LM Studio, in the OpenAI dialect.
import type { Adapter } from '../adapter.ts'
import { openaiCompatible } from '../shared/openai-compatible.ts'

export const lmstudio = {
  ...openaiCompatible,
  name: 'lmstudio',
  title: 'LM Studio',
  defaultBaseUrl: 'http://localhost:1234/v1',
  versionSegments: ['v1', ''],
} as const satisfies Adapter
