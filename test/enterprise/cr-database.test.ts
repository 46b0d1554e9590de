// CR-02: commits whose answer is cut, gateways and databases killed at random; every write repeated with its Idempotency-Key is there exactly once.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { AdminClient } from '../support/admin-client.ts'
import { createCanary } from '../support/canaries.ts'
import { openFaultProxy, type Fault, type FaultProxy } from '../support/fault-proxy.ts'
import { findFreePort } from '../support/free-port.ts'
import { createSharedSecrets, startGateway, type Gateway } from '../support/gateway.ts'
import { startMariadb, type RunningDatabase } from '../support/servers/mariadb.ts'
import { startPostgres } from '../support/servers/postgres.ts'
import { describeWith } from '../support/servers/required.ts'

const AMBIGUOUS = 500
const WRITERS = 4
const KILLS = 6
const WRITE_MS_MAX = 30_000
const PAUSE_MS = 20

for (const { name, start, commit } of [
  // The whole statement as it stands in the byte stream: other statements speak of commits too.
  { name: 'mariadb', start: startMariadb, commit: '\x03commit' },
  { name: 'postgres', start: startPostgres, commit: 'commit\0' },
] as const) {
  describeWith(name, `CR-02 on ${name}`, () => {
    let server: RunningDatabase
    let proxy: FaultProxy
    let env: Record<string, string>
    const replicas: Gateway[] = []
    beforeAll(async () => {
      server = await start()
      proxy = await openFaultProxy({ port: server.port })
      const url = new URL(await server.createDatabase())
      url.port = String(proxy.port)
      env = { ...createSharedSecrets(), ADMIN_PASSWORD: createCanary('pw-'), GLOBAL_PROXY_KEYS: createCanary('ck-'), DATABASE_URL: url.href }
      for (let i = 0; i < 2; i++) replicas.push(await startGateway({ build: 'enterprise', env: { ...env, BACKEND_PORT: String(await findFreePort()) } }))
    }, 60_000)
    afterAll(async () => {
      await Promise.all(replicas.map((replica) => replica.close()))
      await proxy?.close()
      await server?.stop()
    })

    test(`${AMBIGUOUS} ambiguous commits: none lost, none twice`, async () => {
      const random = createRandom(Date.now())
      const cutting: Fault = { mode: 'cut-reply-to', text: commit, chance: () => random() < 0.8 }
      await proxy.switch(cutting)
      const outcomes = { issued: 0, repeated: 0 }
      const acknowledged: string[] = []
      let nextKillAt = AMBIGUOUS / (KILLS + 1)
      let written = 0
      let killing: Promise<void> = Promise.resolve()
      const writer = async (): Promise<void> => {
        while (proxy.repliesCut < AMBIGUOUS) {
          const label = `w${String(++written).padStart(5, '0')}`
          const outcome = await write(replicas, label, random)
          outcomes[outcome]++
          acknowledged.push(label)
          if (proxy.repliesCut < nextKillAt) continue
          nextKillAt += AMBIGUOUS / (KILLS + 1)
          killing = killing.then(() => kill(random))
        }
      }
      const kill = async (roll: () => number): Promise<void> => {
        const victim = Math.floor(roll() * 3)
        const index = Math.floor(roll() * replicas.length)
        const gateway = replicas[index] as Gateway
        if (victim !== 1) await gateway.child.kill()
        if (victim !== 0) {
          await server.kill()
          await server.restart()
        }
        if (victim === 1) return
        // Starting writes too; its commits are not what is under test here.
        await proxy.switch({ mode: 'pass' })
        replicas[index] = await startGateway({ build: 'enterprise', env: { ...env, BACKEND_PORT: String(gateway.port) } })
        await gateway.close()
        await proxy.switch(cutting)
      }
      await Promise.all(Array.from({ length: WRITERS }, writer))
      await killing
      await proxy.switch({ mode: 'pass' })

      const counts = await countByName(replicas[0] as Gateway, env.ADMIN_PASSWORD as string)
      const lost = acknowledged.filter((label) => !counts.has(label))
      const twice = [...counts].filter(([, count]) => count > 1)
      process.stdout.write(`CR-02 ${name}: ${proxy.repliesCut} ambiguous commits, ${acknowledged.length} writes, ${JSON.stringify(outcomes)}\n`)
      expect({ lost, twice }).toEqual({ lost: [], twice: [] })
      expect(proxy.repliesCut).toBeGreaterThanOrEqual(AMBIGUOUS)
      expect(outcomes.repeated).toBeGreaterThan(AMBIGUOUS / 4)
    }, 180_000)
  })
}

/** Repeats one write with its key until somebody says that it is done. */
async function write(replicas: readonly Gateway[], label: string, random: () => number): Promise<'issued' | 'repeated'> {
  const deadlineMs = performance.now() + WRITE_MS_MAX
  for (let last = ''; performance.now() < deadlineMs;) {
    const { admin } = replicas[Math.floor(random() * replicas.length)] as Gateway
    try {
      const answer = await admin.call('POST', '/client-keys', { name: label }, { 'Idempotency-Key': `key-${label}` })
      if (answer.status === 201) return answer.headers.get('idempotency-replayed') === null ? 'issued' : 'repeated'
      if (answer.status === 409 && /was done before/.test(answer.text)) return 'repeated'
      last = `${answer.status} ${answer.text}`
      if (answer.status < 500 && answer.status !== 409) throw new TypeError(last)
    } catch (error) {
      if (error instanceof TypeError && error.message !== 'fetch failed' && !/terminated/.test(error.message)) throw error
      last ||= String(error)
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    if (performance.now() >= deadlineMs) throw new Error(`${label} was not written in ${WRITE_MS_MAX} ms: ${last}`)
  }
  throw new Error(`${label} was not written`)
}

async function countByName(gateway: Gateway, password: string): Promise<Map<string, number>> {
  await gateway.waitUntilReady()
  const admin = new AdminClient(gateway.adminUrl)
  await until(() => admin.signIn('admin', password))
  const counts = new Map<string, number>()
  for (let page = 1; ; page++) {
    const { data } = (await admin.expectOk('GET', `/client-keys?limit=1000&page=${page}`)) as { data: { name: string }[] }
    for (const { name } of data) if (/^w\d{5}$/.test(name)) counts.set(name, (counts.get(name) ?? 0) + 1)
    if (data.length < 1000) return counts
  }
}

/** Repeats what fails until the gateway has found its database again; the last cut may be a moment ago. */
async function until(act: () => Promise<void>): Promise<void> {
  for (let tried = 1; ; tried++) {
    try {
      return await act()
    } catch (error) {
      if (tried === 100) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

/** Mulberry32; the seed is not kept, because kills never fall on the same moment twice. */
function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
