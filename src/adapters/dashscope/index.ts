// Alibaba Model Studio (Qwen), in the OpenAI dialect.
import type { Adapter } from '../adapter.ts'
import { KEY_INVALID, QUOTA, RATE } from '../shared/classify-by-code.ts'
import { createOpenaiRules, openaiCompatible } from '../shared/openai-compatible.ts'

/** `insufficient_quota` is the limit of tokens per minute here, not money. */
const CODES = {
  InvalidApiKey: KEY_INVALID,
  Arrearage: QUOTA,
  'AllocationQuota.FreeTierOnly': QUOTA,
  insufficient_quota: RATE,
}

export const dashscope = {
  ...openaiCompatible,
  name: 'dashscope',
  title: 'Alibaba Model Studio (Qwen)',
  defaultBaseUrl: 'https://dashscope.aliyuncs.com/compatible-mode/v1',
  keyPrefixes: ['sk-'],
  ...createOpenaiRules(CODES),
} as const satisfies Adapter
