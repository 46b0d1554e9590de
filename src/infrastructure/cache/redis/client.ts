// One connection to one Redis server, made within its time or not at all. It never reconnects by itself: who owns it decides.
import { Redis } from 'ioredis'
import type { ConnectionOptions } from 'node:tls'
import { limits } from '../../../limits.ts'
import type { Address, Login } from './options.ts'

export interface ClientOptions {
  readonly login: Login
  readonly database: number
  /** undefined: no TLS. */
  readonly tls: ConnectionOptions | undefined
}

export type Client = Redis

/** @throws what the server or the network said first; never with a password in it */
export async function openClient(address: Address, options: ClientOptions): Promise<Client> {
  const client = new Redis({
    host: address.host,
    port: address.port,
    username: options.login.username,
    password: options.login.password?.reveal(),
    db: options.database,
    ...(options.tls === undefined ? {} : { tls: options.tls }),
    connectionName: 'api-key-rotator',
    disableClientInfo: true,
    lazyConnect: true,
    // A command either goes out now or is refused now. Waiting lines are how a lost Redis takes its callers with it.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    retryStrategy: null,
    enableReadyCheck: false,
    connectTimeout: limits.cacheConnectTimeoutMs,
  })
  let cause: Error | undefined
  client.on('error', (error: Error) => (cause ??= error))
  // The library's own time limit ends with the TCP connection; a frozen server takes that and never greets.
  const timer = setTimeout(() => {
    cause ??= new Error(`no answer within ${limits.cacheConnectTimeoutMs} ms`)
    destroyClient(client)
  }, limits.cacheConnectTimeoutMs)
  try {
    await client.connect()
  } catch (error) {
    destroyClient(client)
    throw cause ?? error
  } finally {
    clearTimeout(timer)
  }
  // A refused SELECT is told as an event only: such a connection would use another database.
  if (cause !== undefined || client.status !== 'ready') {
    destroyClient(client)
    throw cause ?? new Error('the connection was lost at once')
  }
  return client
}

/** At once and without goodbye: whatever is still on its way has no reader any more. */
export function destroyClient(client: Client): void {
  // Absent until the first attempt, against its type.
  const stream = client.stream as Client['stream'] | undefined
  // The library's own way leaves a timer behind when the stream has ended already.
  if (stream === undefined) client.disconnect()
  else stream.destroy()
}
