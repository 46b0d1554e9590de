// Groq, in the OpenAI dialect.
import type { Adapter } from '../adapter.ts'
import { openaiCompatible } from '../shared/openai-compatible.ts'

export const groq = {
  ...openaiCompatible,
  name: 'groq',
  title: 'Groq',
  defaultBaseUrl: 'https://api.groq.com/openai/v1',
  keyPattern: /^gsk_[A-Za-z0-9]{48,}$/,
  keyPrefixes: ['gsk_'],
} as const satisfies Adapter
