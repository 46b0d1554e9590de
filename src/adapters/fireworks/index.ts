// Fireworks AI, in the OpenAI dialect.
import type { Adapter } from '../adapter.ts'
import { openaiCompatible } from '../shared/openai-compatible.ts'

export const fireworks = {
  ...openaiCompatible,
  name: 'fireworks',
  title: 'Fireworks AI',
  defaultBaseUrl: 'https://api.fireworks.ai/inference/v1',
  keyPattern: /^(?:fw|fpk)_[A-Za-z0-9]{20,}$/,
  keyPrefixes: ['fpk_', 'fw_'],
} as const satisfies Adapter
