// Wires the request log: who writes it, and who keeps it within its bounds.
import { WRITERS_MAX } from '../domain/log-segment.ts'
import type { RequestLogFigures } from '../infrastructure/metrics/metric-counts.ts'
import { LogSampling } from '../services/log-sampling.ts'
import { RequestLogKeeper } from '../services/request-log-keeper.ts'
import { RequestLogReader } from '../services/request-log-reader.ts'
import { RequestLogWriter } from '../services/request-log-writer.ts'
import type { Get, Provide } from './parts.ts'

export interface RequestLogParts {
  readonly sampling: LogSampling
  /** undefined while the log is switched off. */
  readonly writer: RequestLogWriter | undefined
  /** Drops what is old also while nothing new is written. */
  readonly keeper: RequestLogKeeper
}

export function registerRequestLog(provide: Provide): void {
  provide('requestLog', createRequestLog)
}

function createRequestLog(get: Get): RequestLogParts {
  const [{ requestLog: log }, { requestLog: config }] = [get('stores'), get('config')]
  const [clock, random, logger] = [get('clock'), get('random'), get('logger')]
  const sampling = new LogSampling()
  const { days, usageDays, bytesMax } = config
  const owner = Math.floor(random.fraction() * WRITERS_MAX * WRITERS_MAX)
  return {
    sampling,
    writer: config.isEnabled ? new RequestLogWriter({ log, sampling, clock, random, logger }) : undefined,
    keeper: new RequestLogKeeper({ log, sampling, clock, logger, owner, days, usageDays, bytesMax }),
  }
}

export function requestLogFigures({ sampling, writer, keeper }: RequestLogParts): RequestLogFigures {
  return { stored: writer?.stored ?? 0, dropped: writer?.dropped ?? 0, leftOut: sampling.left, sampling: sampling.every, bytes: keeper.bytes }
}

export function createLogReader(get: Get): RequestLogReader {
  const { days, usageDays } = get('config').requestLog
  return new RequestLogReader({ log: get('stores').requestLog, store: get('store'), clock: get('clock'), days, usageDays })
}
