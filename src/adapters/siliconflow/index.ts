// SiliconFlow, in the OpenAI dialect.
import type { Adapter } from '../adapter.ts'
import { openaiCompatible } from '../shared/openai-compatible.ts'

export const siliconflow = {
  ...openaiCompatible,
  name: 'siliconflow',
  title: 'SiliconFlow',
  defaultBaseUrl: 'https://api.siliconflow.cn/v1',
  keyPrefixes: ['sk-'],
} as const satisfies Adapter
