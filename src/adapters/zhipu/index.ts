// Zhipu AI (GLM), in the OpenAI dialect.
import type { Adapter } from '../adapter.ts'
import { openaiCompatible } from '../shared/openai-compatible.ts'

export const zhipu = {
  ...openaiCompatible,
  name: 'zhipu',
  title: 'Zhipu AI (GLM)',
  defaultBaseUrl: 'https://open.bigmodel.cn/api/paas/v4',
  keyPattern: /^[0-9a-f]{32}\.[A-Za-z0-9]{16}$/,
  versionSegments: ['v4', 'v1'],
  probe: undefined,
} as const satisfies Adapter
