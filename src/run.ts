// The process edge: configuration, one process or several, exit code of a failed start. Called by every build's main.
import { type Build, type Environment, loadBuildConfig, openBuildLogging } from './build.ts'
import type { Config } from './config.ts'
import { StartupError } from './errors.ts'
import type { Logging } from './infrastructure/logging/open-logging.ts'
import { systemClock, systemRandom } from './infrastructure/system.ts'
import { serve } from './serve.ts'
import { countWorkers } from './workers/worker-count.ts'
import { isWorker, WorkerLink } from './workers/worker-link.ts'

/** Serves until a signal ends the process. Never rejects: what goes wrong at the start is printed and becomes the exit code. */
export async function run(build: Build, environment: Environment): Promise<void> {
  await (isWorker(environment) ? runWorker(build, environment) : runAll(build, environment)).catch(giveUp)
}

function giveUp(error: unknown): never {
  if (!(error instanceof StartupError)) process.stderr.write(`Cannot start: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  else process.stderr.write(`Cannot start: ${error.message}\n`)
  process.exit(error instanceof StartupError ? error.exitCode : 1)
}

async function runAll(build: Build, environment: Environment): Promise<void> {
  const config = loadBuildConfig(build, environment)
  const count = countWorkers(config.workers)
  const logging = await openLogging(build, config, environment, count > 1 ? 'primary' : undefined)
  for (const warning of config.warnings) logging.logger.warn('config.warning', warning)
  if (count === 1) return serve({ build, config, logging, link: undefined, giveUp })
  // A part of its own: a gateway of one process does not need it in memory.
  const { Primary } = await import('./workers/primary.ts')
  await new Primary({ count, config, reload: () => loadBuildConfig(build, environment), logging, clock: systemClock, random: systemRandom }).run()
}

/** The configuration comes from the primary, which has read it, complained about it and logged its warnings. */
async function runWorker(build: Build, environment: Environment): Promise<void> {
  const link = await WorkerLink.open()
  const logging = await openLogging(build, link.config, environment, link.id)
  await serve({ build, config: link.config, logging, link, giveUp })
}

async function openLogging(build: Build, config: Config, environment: Environment, worker: string | undefined): Promise<Logging> {
  const choices = {
    stream: process.stdout,
    level: config.logLevel,
    format: config.logFormat,
    colours: process.stdout.isTTY === true && environment.NO_COLOR === undefined,
  }
  const logging = openBuildLogging(build, choices, worker)
  if (config.errorReports !== undefined) await reportErrors(config, config.errorReports, logging, worker)
  return logging
}

/** A part of its own, loaded where errors are reported to somebody. */
async function reportErrors(config: Config, to: NonNullable<Config['errorReports']>, logging: Logging, worker: string | undefined): Promise<void> {
  const { openErrorReports } = await import('./infrastructure/error-reports/open-error-reports.ts')
  const { build, version } = config
  logging.reportErrorsTo(openErrorReports({ ...to, build, version, worker, clock: systemClock, random: systemRandom, logger: logging.logger }))
}
