// One process that serves: composition, listeners, and what ends it. Alone, or as a worker of a primary.
import type { Server } from 'node:http'
import { announceStart } from './announce.ts'
import { type Build, composeBuild } from './build.ts'
import type { Composition } from './compose.ts'
import type { Config } from './config.ts'
import { StartupError } from './errors.ts'
import { createHttpServer } from './http/server.ts'
import type { Logging } from './infrastructure/logging/open-logging.ts'
import { Shutdown } from './shutdown.ts'
import type { WorkerLink } from './workers/worker-link.ts'

export interface ServeOptions {
  readonly build: Build
  readonly config: Config
  readonly logging: Logging
  /** undefined when this process has no primary. */
  readonly link: WorkerLink | undefined
  /** Ends the process: what it waited for can never come. */
  readonly giveUp: (error: unknown) => never
}

/** Resolves when it listens. @throws StartupError */
export async function serve({ build, config, logging, link, giveUp }: ServeOptions): Promise<void> {
  const composition = await composeBuild(build, config, logging, 'server', link === undefined ? undefined : (own) => link.scrape(own))
  link?.connect(composition.get('openedMetrics'))
  composition.arrival?.done.catch(giveUp)
  // The others answer meanwhile; the first worker, like a process without any, says at once why it cannot.
  if (link?.isAnnouncer === false) await configurationInForce(composition)
  const servers = await listen(composition, config).catch(async (error: unknown) => {
    await composition.close()
    throw error
  })
  new Shutdown({ servers, composition, config, logging, link }).listen()
  composition.get('lifecycle').isListening = true
  if (link?.isAnnouncer !== false) await announceStart(composition, config, portOf(servers[0]))
  if (link !== undefined) void configurationInForce(composition).then(() => link.serves())
}

/** Main first. */
async function listen(composition: Composition, config: Config): Promise<readonly [Server, ...Server[]]> {
  const apps = composition.get('apps')
  const lifecycle = composition.get('lifecycle')
  const dataPlane = composition.get('dataPlane')
  const { door } = composition.get('live')
  const open = (app: (typeof apps)['main'], at: { host: string; port: number }, variable: string): Promise<Server> => {
    const server = createHttpServer({
      upgrade: (request, socket, early) => {
        if (app === (apps.admin ?? apps.main) && door.isAt(request.url)) door.upgrade(request, socket, early)
        else if (app === apps.main) dataPlane.upgrade(request, socket, early)
        else dataPlane.refuseUpgrade(request, socket)
      },
      handle: (request, response) => {
        if (lifecycle.isDraining) response.shouldKeepAlive = false
        app(request, response)
      },
      onError: (error) => {
        const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
        composition.get('logger').error('exchange.failed', 'A request failed inside the gateway', { error: text })
      },
      decidesContinue: (request) => dataPlane.isOwn(request.url ?? '', request.method),
      newRequestId: () => composition.get('requestIds').idFor(undefined),
    })
    server.on('connection', (socket) => {
      lifecycle.connections = (lifecycle.connections ?? 0) + 1
      socket.once('close', () => lifecycle.connections!--)
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
  if (apps.admin === undefined || config.adminListen === undefined) return [main]
  return [main, await open(apps.admin, config.adminListen, 'ADMIN_PORT')]
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** ms between two looks. */
const LOOK_MS = 50

/** From the database, or from the snapshot file while that is away. */
async function configurationInForce(composition: Composition): Promise<void> {
  while (composition.get('snapshot').current === undefined) await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
}
