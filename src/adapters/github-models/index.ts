// GitHub Models, in the OpenAI dialect.
import type { Adapter } from '../adapter.ts'
import { EMPTY_CHAT_PROBE, openaiCompatible } from '../shared/openai-compatible.ts'

export const githubModels = {
  ...openaiCompatible,
  name: 'github-models',
  title: 'GitHub Models',
  defaultBaseUrl: 'https://models.github.ai/inference',
  keyPattern: /^(?:github_pat_[A-Za-z0-9_]{60,}|ghp_[A-Za-z0-9]{36})$/,
  keyPrefixes: ['github_pat_', 'ghp_'],
  versionSegments: ['', 'v1'],
  probe: EMPTY_CHAT_PROBE,
} as const satisfies Adapter
