// NVIDIA NIM, in the OpenAI dialect.
import type { Adapter } from '../adapter.ts'
import { EMPTY_CHAT_PROBE, openaiCompatible } from '../shared/openai-compatible.ts'

// Its list of models is public and proves nothing.
export const nvidia = {
  ...openaiCompatible,
  name: 'nvidia',
  title: 'NVIDIA NIM',
  defaultBaseUrl: 'https://integrate.api.nvidia.com/v1',
  keyPattern: /^nvapi-[A-Za-z0-9_-]{40,}$/,
  keyPrefixes: ['nvapi-'],
  probe: EMPTY_CHAT_PROBE,
} as const satisfies Adapter
