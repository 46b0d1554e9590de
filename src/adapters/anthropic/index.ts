// Anthropic's own API (Messages).
import type { Adapter } from '../adapter.ts'
import { isMessagesStreamComplete, renderMessagesStreamError } from '../shared/messages-stream.ts'
import { createMessagesMeter } from '../shared/messages-usage.ts'
import { classify, classifyFirstEvent } from './response.ts'

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
  isStreamComplete: isMessagesStreamComplete,
  renderStreamError: (_path, code, message, requestId) => renderMessagesStreamError(code, message, requestId),
  createMeter: createMessagesMeter,
} as const satisfies Adapter
