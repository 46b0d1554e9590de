// Hugging Face Inference Providers, in the OpenAI dialect.
import type { Adapter } from '../adapter.ts'
import { EMPTY_CHAT_PROBE, openaiCompatible } from '../shared/openai-compatible.ts'

// Its list of models is public and proves nothing.
export const huggingface = {
  ...openaiCompatible,
  name: 'huggingface',
  title: 'Hugging Face Inference Providers',
  defaultBaseUrl: 'https://router.huggingface.co/v1',
  keyPattern: /^hf_[A-Za-z0-9]{30,}$/,
  keyPrefixes: ['hf_'],
  probe: EMPTY_CHAT_PROBE,
} as const satisfies Adapter
