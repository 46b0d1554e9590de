// Ollama, in the OpenAI dialect.
import type { Adapter } from '../adapter.ts'
import { openaiCompatible } from '../shared/openai-compatible.ts'
import { createMeter } from './response.ts'

// Its own API (`/api/…`) stands beside the compatible one: give a base URL without /v1 to reach both.
export const ollama = {
  ...openaiCompatible,
  name: 'ollama',
  title: 'Ollama',
  defaultBaseUrl: 'http://localhost:11434/v1',
  versionSegments: ['v1', ''],
  createMeter,
} as const satisfies Adapter
