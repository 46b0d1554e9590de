// SiliconFlow, in the OpenAI dialect.
import type { Adapter } from '../adapter.ts'
import { QUOTA } from '../shared/classify-by-code.ts'
import { createOpenaiRules, openaiCompatible } from '../shared/openai-compatible.ts'

/** The balance is used up; comes with status 403. */
const CODES = {
  30001: QUOTA,
}

export const siliconflow = {
  ...openaiCompatible,
  name: 'siliconflow',
  title: 'SiliconFlow',
  defaultBaseUrl: 'https://api.siliconflow.cn/v1',
  keyPrefixes: ['sk-'],
  ...createOpenaiRules(CODES),
} as const satisfies Adapter
