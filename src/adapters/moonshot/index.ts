// Moonshot AI (Kimi), in the OpenAI dialect.
import type { Adapter } from '../adapter.ts'
import { OVERLOADED, QUOTA, RATE } from '../shared/classify-by-code.ts'
import { createOpenaiRules, openaiCompatible } from '../shared/openai-compatible.ts'

/** All three come with status 429; only the first two are about the key. */
const CODES = {
  exceeded_current_quota_error: QUOTA,
  rate_limit_reached_error: RATE,
  engine_overloaded_error: OVERLOADED,
}

export const moonshot = {
  ...openaiCompatible,
  name: 'moonshot',
  title: 'Moonshot AI (Kimi)',
  defaultBaseUrl: 'https://api.moonshot.ai/v1',
  keyPrefixes: ['sk-'],
  ...createOpenaiRules(CODES),
} as const satisfies Adapter
