// The process edge: configuration, composition, listeners, signals, drain, exit code. Called by every build's main.
import type { Server } from 'node:http'
import { type Build, type Environment, composeBuild, loadBuildConfig, openBuildLogging } from './build.ts'
import type { Composition } from './compose.ts'
import type { Config } from './config.ts'
import { StartupError } from './errors.ts'
import { createHttpServer } from './http/server.ts'
import type { Logging } from './infrastructure/logging/open-logging.ts'
import { drain } from './drain.ts'
import { limits } from './limits.ts'
import { announceStart } from './announce.ts'

/** Serves until a signal ends the process. Never rejects: what goes wrong at the start is printed and becomes the exit code. */
export async function run(build: Build, environment: Environment): Promise<void> {
  await serve(build, environment).catch(giveUp)
}

function giveUp(error: unknown): never {
  if (!(error instanceof StartupError)) process.stderr.write(`Cannot start: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  else process.stderr.write(`Cannot start: ${error.message}\n`)
  process.exit(error instanceof StartupError ? error.exitCode : 1)
}

async function serve(build: Build, environment: Environment): Promise<void> {
  const config = loadBuildConfig(build, environment)
  const logging = openBuildLogging(build, {
    stream: process.stdout,
    level: config.logLevel,
    format: config.logFormat,
    colours: process.stdout.isTTY === true && environment.NO_COLOR === undefined,
  })
  for (const warning of config.warnings) logging.logger.warn('config.warning', warning)
  const composition = await composeBuild(build, config, logging, 'server')
  watchForCrashes(logging)
  const servers = await listen(composition, config).catch(async (error: unknown) => {
    await composition.close()
    throw error
  })
  stopOnSignals(servers, composition, config, logging)
  composition.get('lifecycle').isListening = true
  await announceStart(composition, config, portOf(servers.main))
  composition.arrival?.done.catch(giveUp)
}

interface Servers {
  readonly main: Server
  readonly admin: Server | undefined
}

async function listen(composition: Composition, config: Config): Promise<Servers> {
  const apps = composition.get('apps')
  const lifecycle = composition.get('lifecycle')
  const dataPlane = composition.get('dataPlane')
  const open = (app: (typeof apps)['main'], at: { host: string; port: number }, variable: string): Promise<Server> => {
    const server = createHttpServer({
      handle: (request, response) => {
        if (lifecycle.isDraining) response.shouldKeepAlive = false
        app(request, response)
      },
      decidesContinue: (request) => dataPlane.isOwn(request.url ?? ''),
      newRequestId: () => composition.get('requestIds').idFor(undefined),
    })
    return new Promise((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => {
        const why = error.code === 'EADDRINUSE' ? `port ${at.port} is already in use: stop the other program or set ${variable}` : error.message
        reject(new StartupError(69, `Cannot listen on ${at.host}:${at.port}: ${why}.`))
      })
      server.listen(at.port, at.host, () => resolve(server))
    })
  }
  const main = await open(apps.main, config.listen, 'BACKEND_PORT')
  const admin = apps.admin === undefined || config.adminListen === undefined ? undefined : await open(apps.admin, config.adminListen, 'ADMIN_PORT')
  return { main, admin }
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** A second signal means: now. Ctrl-C at a terminal does not announce anything to a load balancer. */
function stopOnSignals(servers: Servers, composition: Composition, config: Config, logging: Logging): void {
  let isStopping = false
  const stop = (signal: 'SIGTERM' | 'SIGINT'): void => {
    if (isStopping) {
      setTimeout(() => process.exit(0), limits.drainSecondSignalMs).unref()
      composition.get('dataPlane').abortAll()
      return
    }
    isStopping = true
    logging.logger.info('gateway.stopping', `Stopping on ${signal}: requests in flight are finished first`, {
      in_flight: composition.get('dataPlane').inFlight,
    })
    const announceMs = signal === 'SIGTERM' ? config.shutdown.announceMs : 0
    drain({
      servers: [servers.main, ...(servers.admin ? [servers.admin] : [])],
      dataPlane: composition.get('dataPlane'),
      lifecycle: composition.get('lifecycle'),
      announceMs,
      requestsMs: config.shutdown.requestsMs,
    })
      .then(() => composition.close())
      .then(() => logging.close())
      .then(
        () => process.exit(0),
        (error: unknown) => {
          process.stderr.write(`Stopping failed: ${String(error)}\n`)
          process.exit(1)
        },
      )
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}

/** What nobody caught is a bug: it is written down, and the process ends so that it can be restarted clean. */
function watchForCrashes(logging: Logging): void {
  const crash = (kind: string) => (error: unknown) => {
    logging.logger.error('gateway.crashed', `${kind}: the process ends`, { error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    void logging.close().finally(() => process.exit(1))
  }
  process.on('uncaughtException', crash('Uncaught exception'))
  process.on('unhandledRejection', crash('Unhandled rejection'))
}
