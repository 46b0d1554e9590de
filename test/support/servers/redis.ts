// Owns a real Redis for tests. What it was told survives a kill (append-only file), as in the compose file.
import { connect } from 'node:net'
import { getBinary } from './find-server.ts'
import { startServer, type RunningServer } from './server-process.ts'

export interface RedisOptions {
  /** Directives of redis.conf, e.g. `{ 'cluster-enabled': 'yes' }`. */
  readonly config?: Readonly<Record<string, string>>
  readonly password?: string
  readonly port?: number
}

export async function startRedis(options: RedisOptions = {}): Promise<RunningServer & { readonly url: string }> {
  // Written to the file before each reply; a test kills processes, not machines, so nothing waits for the disk.
  const config = { save: '', appendonly: 'yes', appendfsync: 'no', ...(options.password && { requirepass: options.password }), ...options.config }
  const args = Object.entries(config).flatMap(([name, value]) => [`--${name}`, value])
  const server = await startServer({
    server: 'redis',
    port: options.port,
    prepare: async () => {},
    command: (folder, port) => [getBinary('redis-server'), '--port', String(port), '--bind', '127.0.0.1', '--dir', folder, ...args],
    container: { image: 'redis:7', portInside: 6379, environment: {}, args },
    probe,
  })
  const credentials = options.password === undefined ? '' : `:${encodeURIComponent(options.password)}@`
  return Object.assign(server, { url: `redis://${credentials}127.0.0.1:${server.port}` })
}

/** A refusal for want of a password is an answer too; `-LOADING` is not. */
function probe(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write('PING\r\n'))
    socket.setTimeout(5_000, () => socket.destroy(new Error('no answer')))
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('closed')))
    socket.once('data', (chunk: Buffer) => {
      const text = chunk.toString()
      if (/^(\+PONG|-NOAUTH)/.test(text)) resolve()
      else reject(new Error(text))
      socket.destroy()
    })
  })
}
