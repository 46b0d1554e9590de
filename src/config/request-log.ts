// Reads what the request log may keep.
import type { Config } from '../config.ts'
import { limits } from '../limits.ts'
import type { VariableReader } from './variable-reader.ts'

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
