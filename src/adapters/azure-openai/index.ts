// Azure OpenAI, in the OpenAI dialect.
import type { Adapter } from '../adapter.ts'
import { openaiCompatible } from '../shared/openai-compatible.ts'

// The dated API has no version in its path (`/openai/deployments/…?api-version=…`), the newer one has (`/openai/v1/…`): both work.
export const azureOpenai = {
  ...openaiCompatible,
  name: 'azure-openai',
  title: 'Azure OpenAI',
  defaultBaseUrl: undefined,
  keyPlacement: { location: 'header', name: 'api-key', prefix: '' },
  versionSegments: ['v1', ''],
  probe: { method: 'GET', path: '/openai/v1/models' },
} as const satisfies Adapter
