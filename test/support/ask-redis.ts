// Owns single questions to a Redis server, without any of the product's own code.
import { connect } from 'node:net'

/** @param command one inline command. @returns the raw reply */
export function askRedis(port: number, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(`${command}\r\nQUIT\r\n`))
    const chunks: Buffer[] = []
    socket.setTimeout(5_000, () => socket.destroy(new Error(`Redis does not answer ${command}`)))
    socket.on('data', (chunk: Buffer) => void chunks.push(chunk))
    socket.once('error', reject)
    socket.once('close', () => resolve(Buffer.concat(chunks).toString()))
  })
}
