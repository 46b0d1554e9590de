// DeepSeek, in the OpenAI dialect.
import type { Adapter } from '../adapter.ts'
import { openaiCompatible } from '../shared/openai-compatible.ts'

export const deepseek = {
  ...openaiCompatible,
  name: 'deepseek',
  title: 'DeepSeek',
  defaultBaseUrl: 'https://api.deepseek.com',
  keyPattern: /^sk-[0-9a-f]{32}$/,
  keyPrefixes: ['sk-'],
  versionSegments: ['', 'v1'],
  probe: { method: 'GET', path: '/models' },
} as const satisfies Adapter
