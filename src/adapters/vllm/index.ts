// vLLM, in the OpenAI dialect.
import type { Adapter } from '../adapter.ts'
import { openaiCompatible } from '../shared/openai-compatible.ts'

export const vllm = {
  ...openaiCompatible,
  name: 'vllm',
  title: 'vLLM',
  defaultBaseUrl: 'http://localhost:8000/v1',
  versionSegments: ['v1', ''],
} as const satisfies Adapter
