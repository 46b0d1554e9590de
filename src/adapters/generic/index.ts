// Any HTTP API: nothing is known about it but what HTTP itself says.
import { ERROR_CODES, type ErrorCode } from '../../errors.ts'
import type { Adapter } from '../adapter.ts'
import { classifyByStatus } from '../shared/classify-by-status.ts'
import { renderStreamEvent } from '../shared/stream.ts'

export const generic = {
  name: 'generic',
  title: 'Any HTTP API',
  kind: 'generic',
  dialect: 'problem',
  defaultBaseUrl: undefined,
  keyPlacement: { location: 'header', name: 'authorization', prefix: 'Bearer ' },
  versionSegments: [],
  keyPattern: undefined,
  keyPrefixes: [],
  probe: undefined,
  requiredHeaders: [],
  classify: (head, _bodyStart, nowMs) => classifyByStatus(head, nowMs),
  classifyFirstEvent: () => undefined,
  isStreamComplete: () => undefined,
  renderStreamError: (_path, code, message, requestId) => {
    const entry = Object.hasOwn(ERROR_CODES, code) ? ERROR_CODES[code as ErrorCode] : ERROR_CODES.internal
    return renderStreamEvent('error', { type: 'about:blank', title: entry.title, status: entry.status, detail: message, code, request_id: requestId })
  },
} as const satisfies Adapter
