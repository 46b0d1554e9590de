// Owns the proof that the real servers of the tests start fast, keep their data when killed, freeze, and leave nothing behind.
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { expect, test } from '@jest/globals'
import { startMariadb, type RunningDatabase } from './mariadb.ts'
import { startPostgres } from './postgres.ts'
import { startRedis } from './redis.ts'
import { describeWith } from './required.ts'

for (const [name, start] of [
  ['mariadb', startMariadb],
  ['postgres', startPostgres],
] as const) {
  describeWith(name, name, () => {
    test('starts, creates databases, survives a kill, freezes and stops', async () => {
      const server: RunningDatabase = await start()
      const database = new URL(await server.createDatabase()).pathname.slice(1)
      expect(new URL(await server.createDatabase()).pathname.slice(1)).not.toBe(database)
      await server.administer('create table kept (n int)', database)
      await server.administer('insert into kept values (42)', database)
      await server.kill()
      await expect(server.administer('select 1')).rejects.toThrow()
      await server.restart()
      expect(await server.administer('select n from kept', database)).toEqual([{ n: 42 }])

      server.freeze()
      const answer = server.administer('select 2 as n')
      let isAnswered = false
      void answer.then(() => (isAnswered = true))
      await new Promise((resolve) => setTimeout(resolve, 200))
      expect(isAnswered).toBe(false)
      server.thaw()
      expect(await answer).toEqual([{ n: 2 }])
      const { pid } = server
      await server.stop()
      expect(existsSync(`/proc/${pid}`)).toBe(false)
    })
  })
}

describeWith('redis', 'redis', () => {
  test('starts with a password, keeps its data when killed, loses them when asked to', async () => {
    const server = await startRedis({ password: 'p w', config: { 'maxmemory-policy': 'noeviction' } })
    const say = (line: string): Promise<string> => talk(server.port, `AUTH "p w"\r\n${line}\r\n`)
    expect(await say('SET a 1')).toBe('+OK\r\n+OK\r\n')
    await server.kill()
    await server.restart()
    expect(await say('GET a')).toContain('$1\r\n1\r\n')
    await server.restart({ empty: true })
    expect(await say('GET a')).toContain('$-1\r\n')
    await server.stop()
  })
})

function talk(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.end(text))
    socket.on('error', reject)
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()))
    socket.on('close', () => resolve(answer))
  })
}
