// Moonshot AI (Kimi), in the OpenAI dialect.
import type { Adapter } from '../adapter.ts'
import { openaiCompatible } from '../shared/openai-compatible.ts'

export const moonshot = {
  ...openaiCompatible,
  name: 'moonshot',
  title: 'Moonshot AI (Kimi)',
  defaultBaseUrl: 'https://api.moonshot.ai/v1',
  keyPrefixes: ['sk-'],
} as const satisfies Adapter
