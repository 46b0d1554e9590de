// The variables of logs and metrics.
import type { Variable } from './variable.ts'

const LOG_LEVELS = ['error', 'warn', 'info', 'debug', 'trace'] as const

export const loggingVariables = {
  LOG_LEVEL: {
    type: 'choice',
    choices: LOG_LEVELS,
    default: 'info',
    original: true,
    group: 'Logs',
    about: 'What is logged; `PATCH /api/admin/settings` changes it while the gateway runs.',
  },
  LOG_FORMAT: {
    type: 'choice',
    choices: ['json', 'pretty'],
    group: 'Logs',
    defaultText: '`pretty` on a terminal, else `json`',
    about: 'One JSON object per line, or lines for people.',
  },
  METRICS_ENABLED: { type: 'boolean', default: true, group: 'Logs', about: 'Serves Prometheus metrics at `/metrics`.' },
  METRICS_TOKEN: { type: 'secret', charsMin: 16, group: 'Logs', defaultText: 'private addresses only', about: 'Bearer token that `/metrics` asks for.' },
} as const satisfies Record<string, Variable>
