// Stops without failing a request (D22): say so, finish what runs, then close.
import { Server as NetServer } from 'node:net'
import type { Server } from 'node:http'
import { limits } from './limits.ts'
import type { DataPlane } from './proxy/data-plane.ts'
import type { Lifecycle } from './wiring/parts.ts'

export interface DrainOptions {
  readonly servers: readonly Server[]
  readonly dataPlane: DataPlane
  readonly lifecycle: Lifecycle
  /** Sends away who listens to events: they come back to another process. */
  readonly endListeners?: () => void
  /** ms during which new requests are still served, while readiness says 503 and connections are closed politely. */
  readonly announceMs: number
  /** ms that requests in flight may still take. */
  readonly requestsMs: number
  /**
   * Other processes accept on the same socket: this one leaves new connections to them at once, tells no health check that it goes, and
   * announces only as long as somebody is connected. Default: false.
   */
  readonly isRelieved?: boolean
}

/** ms that connections have at least to take in their last bytes. */
const LAST_BYTES_MS = 500
const LOOK_MS = 50

export async function drain({ servers, dataPlane, lifecycle, announceMs, requestsMs, isRelieved = false, endListeners }: DrainOptions): Promise<void> {
  lifecycle.isRelieved = isRelieved
  lifecycle.isDraining = true
  const closed = Promise.all(servers.map((server) => new Promise<void>((resolve) => server.once('close', resolve))))
  if (isRelieved) for (const server of servers) stopAccepting(server)
  // Nobody may be connected, and yet a load balancer may send somebody as long as it has not looked.
  if (announceMs > 0) await within(announceMs, isRelieved ? lastConnectionClosed(servers) : new Promise(() => undefined))
  for (const server of servers) server.close()
  const closeIdle = (): void => {
    for (const server of servers) server.closeIdleConnections()
  }
  closeIdle()
  dataPlane.close()
  endListeners?.()
  const hasFinished = await within(requestsMs, dataPlane.whenIdle())
  dataPlane.abortAll()
  // Answers that are complete may still be on their way to slow readers, and the management plane may still be at work.
  const look = setInterval(closeIdle, LOOK_MS)
  closeIdle()
  await within(hasFinished ? Math.max(LAST_BYTES_MS, Math.min(limits.drainFlushMs, requestsMs)) : LAST_BYTES_MS, closed)
  clearInterval(look)
  for (const server of servers) server.closeAllConnections()
}

/** Unlike close() of an HTTP server it leaves idle connections open: a request may be on its way on each. */
function stopAccepting(server: Server): void {
  NetServer.prototype.close.call(server)
}

/** Whether the work was done in time; it is not stopped when it was not. */
async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => (timer = setTimeout(resolve, ms, false)))
  const isDone = await Promise.race([work.then(() => true), late])
  clearTimeout(timer)
  return isDone
}

function countConnections(server: Server): Promise<number> {
  return new Promise((resolve) => server.getConnections((error, count) => resolve(error === null ? count : 1)))
}

async function lastConnectionClosed(servers: readonly Server[]): Promise<void> {
  while ((await Promise.all(servers.map(countConnections))).some((count) => count > 0)) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}
