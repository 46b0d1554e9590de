// NVIDIA NIM, in the OpenAI dialect.
import type { Adapter } from '../adapter.ts'
import { openaiCompatible } from '../shared/openai-compatible.ts'

// No cheap call is known that fails for a wrong key: the list of models is public.
export const nvidia = {
  ...openaiCompatible,
  name: 'nvidia',
  title: 'NVIDIA NIM',
  defaultBaseUrl: 'https://integrate.api.nvidia.com/v1',
  keyPattern: /^nvapi-[A-Za-z0-9_-]{40,}$/,
  keyPrefixes: ['nvapi-'],
  probe: undefined,
} as const satisfies Adapter
