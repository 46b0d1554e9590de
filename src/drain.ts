// Stops without failing a request (D22): say so, finish what runs, then close.
import type { Server } from 'node:http'
import type { DataPlane } from './proxy/data-plane.ts'
import type { Lifecycle } from './wiring/parts.ts'

export interface DrainOptions {
  readonly servers: readonly Server[]
  readonly dataPlane: DataPlane
  readonly lifecycle: Lifecycle
  /** ms during which new requests are still served, while readiness says 503 and connections are closed politely. */
  readonly announceMs: number
  /** ms that requests in flight may still take. */
  readonly requestsMs: number
}

export async function drain({ servers, dataPlane, lifecycle, announceMs, requestsMs }: DrainOptions): Promise<void> {
  lifecycle.isDraining = true
  const hasClients = (await Promise.all(servers.map(countConnections))).some((count) => count > 0)
  // Without a single connection there is nobody to tell.
  if (hasClients && announceMs > 0) await Promise.race([new Promise((resolve) => setTimeout(resolve, announceMs)), lastConnectionClosed(servers)])
  const closed = servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())))
  for (const server of servers) server.closeIdleConnections()
  dataPlane.close()
  await Promise.race([dataPlane.whenIdle(), new Promise((resolve) => setTimeout(resolve, requestsMs))])
  dataPlane.abortAll()
  for (const server of servers) server.closeIdleConnections()
  await Promise.race([Promise.all(closed), new Promise((resolve) => setTimeout(resolve, 500))])
  for (const server of servers) server.closeAllConnections()
}

function countConnections(server: Server): Promise<number> {
  return new Promise((resolve) => server.getConnections((error, count) => resolve(error === null ? count : 1)))
}

async function lastConnectionClosed(servers: readonly Server[]): Promise<void> {
  while ((await Promise.all(servers.map(countConnections))).some((count) => count > 0)) {
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
