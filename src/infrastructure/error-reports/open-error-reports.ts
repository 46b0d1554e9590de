// Opens the way to the error tracker that is configured.
import { hostname } from 'node:os'
import { parseReportAddress } from '../../domain/report-address.ts'
import type { Secret } from '../../domain/secret.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Random } from '../../ports/random.ts'
import type { ErrorSink } from '../logging/open-logging.ts'
import { ErrorReporter } from './error-reporter.ts'

export interface ErrorReportsInput {
  readonly address: Secret
  readonly environment: string
  readonly version: string
  readonly build: string
  /** Of several processes of one host; undefined when there is one. */
  readonly worker: string | undefined
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** @throws Error for an address that the configuration should have refused */
export function openErrorReports({ address, worker, ...rest }: ErrorReportsInput): ErrorSink {
  const parsed = parseReportAddress(address.reveal())
  if (parsed === undefined) throw new Error('the address of the error tracker cannot be read')
  const instance = worker === undefined ? hostname() : `${hostname()}/${worker}`
  return new ErrorReporter({ ...rest, address: parsed, instance, nodeVersion: process.versions.node })
}
