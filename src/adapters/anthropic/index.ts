// Anthropic's own API (Messages).
import type { Adapter } from '../adapter.ts'
import { classify, classifyFirstEvent, isStreamComplete, renderStreamError } from './response.ts'

export const anthropic = {
  name: 'anthropic',
  title: 'Anthropic',
  kind: 'llm',
  dialect: 'anthropic',
  defaultBaseUrl: 'https://api.anthropic.com',
  keyPlacement: { location: 'header', name: 'x-api-key', prefix: '' },
  versionSegments: ['v1'],
  keyPattern: /^sk-ant-(?:api|admin)\d{2}-[A-Za-z0-9_-]{40,}$/,
  keyPrefixes: ['sk-ant-admin01-', 'sk-ant-api03-', 'sk-ant-'],
  probe: { method: 'GET', path: '/v1/models' },
  // The older of the two versions in force: it still takes every request that the newer one takes.
  requiredHeaders: ['anthropic-version', '2023-06-01'],
  classify,
  classifyFirstEvent,
  isStreamComplete,
  renderStreamError,
} as const satisfies Adapter
