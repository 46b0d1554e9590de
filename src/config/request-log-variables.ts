// The variables of the request log and of the sums over it.
import type { Config } from '../config.ts'
import { limits } from '../limits.ts'
import type { VariableReader } from './variable-reader.ts'
import type { Variable } from './variable.ts'

const MEBIBYTE = 1024 * 1024

export const requestLogVariables = {
  REQUEST_LOG_ENABLED: {
    type: 'boolean',
    default: true,
    group: 'Logs',
    about: 'Keeps a row of every request, and sums of requests, tokens and cost. Without it `/api/logs` and `/api/usage` show what was kept before.',
  },
  LOG_RETENTION_DAYS: {
    type: 'integer',
    min: 1,
    max: 365,
    default: limits.requestLogDays,
    aliases: ['REQUEST_LOG_RETENTION_DAYS'],
    group: 'Logs',
    about: 'Days that rows of the request log, and sums by the minute, are kept.',
  },
  USAGE_RETENTION_DAYS: {
    type: 'integer',
    min: 1,
    max: 3_660,
    default: limits.usageDays,
    group: 'Logs',
    about: `Days that sums by the day are kept; sums by the hour at most ${limits.usageHourDays}.`,
  },
  LOG_MAX_BYTES: {
    type: 'bytes',
    min: 16 * MEBIBYTE,
    max: 1024 * 1024 * MEBIBYTE,
    default: limits.requestLogBytesMax,
    group: 'Logs',
    about: 'Size of the request log; `2GiB` is understood too. Above it the oldest rows go; if that is not enough, only a sample of the requests gets a row.',
  },
} as const satisfies Record<string, Variable>

export function readRequestLog(reader: VariableReader): Pick<Config, 'requestLog'> {
  return {
    requestLog: {
      isEnabled: reader.flag('REQUEST_LOG_ENABLED') ?? true,
      days: reader.number('LOG_RETENTION_DAYS') ?? limits.requestLogDays,
      usageDays: reader.number('USAGE_RETENTION_DAYS') ?? limits.usageDays,
      bytesMax: reader.number('LOG_MAX_BYTES') ?? limits.requestLogBytesMax,
    },
  }
}
