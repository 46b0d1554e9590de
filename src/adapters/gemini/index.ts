// Google's Gemini API in its own dialect.
import type { Adapter } from '../adapter.ts'
import { classify, classifyFirstEvent, createMeter, isStreamComplete, renderStreamError } from './response.ts'

export const gemini = {
  name: 'gemini',
  title: 'Google Gemini',
  kind: 'llm',
  dialect: 'gemini',
  defaultBaseUrl: 'https://generativelanguage.googleapis.com',
  keyPlacement: { location: 'header', name: 'x-goog-api-key', prefix: '' },
  versionSegments: ['v1beta', 'v1', 'v1alpha'],
  // Standard keys, and the authorization keys that replace them since 2026.
  keyPattern: /^(?:AIza[0-9A-Za-z_-]{35}|AQ\.[0-9A-Za-z_-]{30,})$/,
  keyPrefixes: ['AIza', 'AQ.'],
  probe: { method: 'GET', path: '/v1beta/models' },
  requiredHeaders: [],
  classify,
  classifyFirstEvent,
  isStreamComplete,
  renderStreamError,
  createMeter,
} as const satisfies Adapter
