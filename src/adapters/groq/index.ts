// Groq, in the OpenAI dialect.
import type { Adapter } from '../adapter.ts'
import { OVERLOADED } from '../shared/classify-by-code.ts'
import { createOpenaiRules, openaiCompatible } from '../shared/openai-compatible.ts'

/** Comes with status 498 when the flex tier is full. */
const CODES = {
  capacity_exceeded: OVERLOADED,
}

export const groq = {
  ...openaiCompatible,
  name: 'groq',
  title: 'Groq',
  defaultBaseUrl: 'https://api.groq.com/openai/v1',
  keyPattern: /^gsk_[A-Za-z0-9]{48,}$/,
  keyPrefixes: ['gsk_'],
  ...createOpenaiRules(CODES),
} as const satisfies Adapter
