// Zhipu AI (GLM), in the OpenAI dialect.
import type { Adapter } from '../adapter.ts'
import { KEY_INVALID, KEY_REFUSED, OVERLOADED, QUOTA, RATE, REQUEST } from '../shared/classify-by-code.ts'
import { createOpenaiRules, EMPTY_CHAT_PROBE, openaiCompatible } from '../shared/openai-compatible.ts'

/** Authentication 1000…, account 111…, money and plan limits, rates, overload of a model, refused content. */
const CODES = {
  1000: KEY_REFUSED,
  1002: KEY_INVALID,
  1003: KEY_INVALID,
  1004: KEY_REFUSED,
  1110: KEY_REFUSED,
  1111: KEY_REFUSED,
  1112: KEY_REFUSED,
  1121: KEY_REFUSED,
  1113: QUOTA,
  1304: QUOTA,
  1308: QUOTA,
  1309: QUOTA,
  1310: QUOTA,
  1302: RATE,
  1303: RATE,
  1313: RATE,
  1305: OVERLOADED,
  1312: OVERLOADED,
  1301: REQUEST,
}

export const zhipu = {
  ...openaiCompatible,
  name: 'zhipu',
  title: 'Zhipu AI (GLM)',
  defaultBaseUrl: 'https://open.bigmodel.cn/api/paas/v4',
  keyPattern: /^[0-9a-f]{32}\.[A-Za-z0-9]{16}$/,
  versionSegments: ['v4', 'v1'],
  probe: EMPTY_CHAT_PROBE,
  ...createOpenaiRules(CODES),
} as const satisfies Adapter
