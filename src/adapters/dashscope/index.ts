// Alibaba Model Studio (Qwen), in the OpenAI dialect.
import type { Adapter } from '../adapter.ts'
import { openaiCompatible } from '../shared/openai-compatible.ts'

export const dashscope = {
  ...openaiCompatible,
  name: 'dashscope',
  title: 'Alibaba Model Studio (Qwen)',
  defaultBaseUrl: 'https://dashscope.aliyuncs.com/compatible-mode/v1',
  keyPrefixes: ['sk-'],
} as const satisfies Adapter
