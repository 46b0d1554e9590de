// Owns a look at everything that a Redis server does, in the order and with the times of the server itself (MONITOR).
import { connect, type Socket } from 'node:net'

export interface RedisWatch {
  /** Times in microseconds that scripts pushed to the lists whose name contains the text, in the order of the server. */
  pushedTo(name: string): number[]
  stop(): void
}

export function watchRedis(port: number): Promise<RedisWatch> {
  return new Promise((resolve, reject) => {
    let rest = ''
    const pushes: { readonly name: string; readonly value: number }[] = []
    const socket: Socket = connect({ port, host: '127.0.0.1' }, () => socket.write('MONITOR\r\n'))
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => {
      const lines = (rest + text).split('\r\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        if (line === '+OK')
          resolve({ pushedTo: (name) => pushes.filter((push) => push.name.includes(name)).map(({ value }) => value), stop: () => socket.destroy() })
        const [, name = '', value = ''] = /"LPUSH" "([^"]*)" "(\d+)"$/i.exec(line) ?? []
        if (name !== '') pushes.push({ name, value: Number(value) })
      }
    })
    socket.once('error', reject)
  })
}

/** The most that any stretch of the window holds. Times ascending. */
export function mostWithin(times: readonly number[], window: number): number {
  let most = 0
  for (let from = 0, to = 0; to < times.length; to++) {
    while ((times[to] as number) - (times[from] as number) >= window) from++
    most = Math.max(most, to - from + 1)
  }
  return most
}
