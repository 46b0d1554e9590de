// DEP-11: the primary behind one address is swapped for another while the old one stays up, read-only: no acknowledged write is lost.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { openFaultProxy, type FaultProxy } from '../support/fault-proxy.ts'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { startMariadb, type RunningDatabase } from '../support/servers/mariadb.ts'
import { describeWith } from '../support/servers/required.ts'

const HEAL_MS_MAX = 5_000
const SWAPS = 4

describeWith('mariadb', 'DEP-11 on mariadb', () => {
  let server: RunningDatabase
  let proxy: FaultProxy
  let gateway: Gateway
  beforeAll(async () => {
    server = await startMariadb()
    proxy = await openFaultProxy({ port: server.port })
    const url = new URL(await server.createDatabase())
    url.port = String(proxy.port)
    gateway = await startGateway({ build: 'enterprise', env: { DATABASE_URL: url.href } })
  }, 60_000)
  afterAll(async () => {
    await gateway?.close()
    await proxy?.close()
    await server?.stop()
  })

  test('writes go on within 5 s of each swap, and every acknowledged one is there', async () => {
    const acknowledged: string[] = []
    let written = 0
    let isRunning = true
    const writer = async (): Promise<void> => {
      while (isRunning) {
        const label = `w${++written}`
        // Repeated with its key until somebody says that it is done.
        while (isRunning && !(await write(gateway, label))) await pause(20)
        if (isRunning) acknowledged.push(label)
      }
    }
    const writers = Promise.all(Array.from({ length: 3 }, writer))
    const heals: number[] = []
    for (let swap = 0; swap < SWAPS; swap++) {
      const before = acknowledged.length
      await until(() => acknowledged.length > before + 5, 20_000)
      // The old primary refuses writes but keeps its connections; a moment later its address leads to one that writes.
      await server.administer('set global read_only = 1')
      await pause(300)
      const atSwap = acknowledged.length
      await server.administer('set global read_only = 0')
      const swappedMs = performance.now()
      await until(() => acknowledged.length > atSwap, 20_000)
      heals.push(Math.round(performance.now() - swappedMs))
    }
    isRunning = false
    await writers
    const { data } = (await gateway.admin.expectOk('GET', '/client-keys?limit=1000')) as { data: { name: string }[] }
    const names = data.map(({ name }) => name)
    process.stdout.write(`DEP-11: ${acknowledged.length} writes, first one after each swap in ${heals.join(', ')} ms\n`)
    expect(acknowledged.filter((label) => names.filter((name) => name === label).length !== 1)).toEqual([])
    expect(Math.max(...heals)).toBeLessThanOrEqual(HEAL_MS_MAX)
  }, 120_000)
})

async function write(gateway: Gateway, label: string): Promise<boolean> {
  const answer = await gateway.admin.call('POST', '/client-keys', { name: label }, { 'Idempotency-Key': label })
  if (answer.status === 201 || (answer.status === 409 && /was done before/.test(answer.text))) return true
  if (answer.status !== 503) throw new Error(`${answer.status} ${answer.text}`)
  return false
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

async function until(isTrue: () => boolean, timeoutMs: number): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs
  while (!isTrue()) {
    if (performance.now() > deadlineMs) throw new Error(`not so after ${timeoutMs} ms`)
    await pause(5)
  }
}
