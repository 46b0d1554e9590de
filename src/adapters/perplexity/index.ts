// Perplexity, in the OpenAI dialect.
import type { Adapter } from '../adapter.ts'
import { EMPTY_CHAT_PROBE, openaiCompatible } from '../shared/openai-compatible.ts'

export const perplexity = {
  ...openaiCompatible,
  name: 'perplexity',
  title: 'Perplexity',
  defaultBaseUrl: 'https://api.perplexity.ai',
  keyPattern: /^pplx-[A-Za-z0-9]{40,}$/,
  keyPrefixes: ['pplx-'],
  versionSegments: ['', 'v1'],
  probe: EMPTY_CHAT_PROBE,
} as const satisfies Adapter
