// Owns an address whose connections never complete: a stopped listener with a full backlog, so that SYNs are dropped (Linux).
import { spawn } from 'node:child_process'
import { connect, type Socket } from 'node:net'
import { once } from 'node:events'

export interface BlackHole {
  readonly port: number
  readonly url: string
  close(): void
}

const LISTENER = `const s = require('node:net').createServer(); s.listen(0, '127.0.0.1', 1, () => process.stdout.write(String(s.address().port)))`

/** Resolves when a new connection attempt hangs. */
export async function openBlackHole(): Promise<BlackHole> {
  const child = spawn(process.execPath, ['-e', LISTENER], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [data] = (await once(child.stdout, 'data')) as [Buffer]
  const port = Number(data.toString())
  child.kill('SIGSTOP')
  const fillers: Socket[] = []
  for (let i = 0; i < 16; i++) {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.on('error', () => {})
    fillers.push(socket)
    const connected = await Promise.race([once(socket, 'connect').then(() => true), new Promise<boolean>((resolve) => setTimeout(resolve, 300, false))])
    if (!connected) break
  }
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    close: () => {
      for (const socket of fillers) socket.destroy()
      child.kill('SIGKILL')
    },
  }
}
