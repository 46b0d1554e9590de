// Hugging Face Inference Providers, in the OpenAI dialect.
import type { Adapter } from '../adapter.ts'
import { openaiCompatible } from '../shared/openai-compatible.ts'

// No cheap call is known that fails for a wrong key: the list of models is public.
export const huggingface = {
  ...openaiCompatible,
  name: 'huggingface',
  title: 'Hugging Face Inference Providers',
  defaultBaseUrl: 'https://router.huggingface.co/v1',
  keyPattern: /^hf_[A-Za-z0-9]{30,}$/,
  keyPrefixes: ['hf_'],
  probe: undefined,
} as const satisfies Adapter
