// A gateway gets a new ENCRYPTION_KEY while it serves, and is killed on the way.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createCanary } from '../support/canaries.ts'
import { ChaosUpstream } from '../support/chaos-upstream.ts'
import { akr } from '../support/command.ts'
import { createTemporaryFolder, type TemporaryFolder } from '../support/free-port.ts'
import { createSharedSecrets, type Gateway, startGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'

const KEYS = 3_000
const KILLS = 3
const chaos = new ChaosUpstream({ lean: true })
const secrets = createSharedSecrets()
const env = { ...secrets, GLOBAL_PROXY_KEYS: createCanary('ck-'), ADMIN_PASSWORD: createCanary('pw-') }
const newKey = createCanary('ek-')
const both = { ...env, ENCRYPTION_KEY: newKey, ENCRYPTION_KEY_PREVIOUS: secrets.ENCRYPTION_KEY }
let folder: TemporaryFolder
let gateway: Gateway

beforeAll(async () => {
  folder = createTemporaryFolder('akr-reencrypt')
  await chaos.listen()
})

afterAll(async () => {
  await gateway.close()
  await chaos.close()
  folder.remove()
})

async function served(): Promise<number> {
  const { responses } = await gateway.send('GET', '/proxy/vendor/ok')
  return responses[0]?.status ?? 0
}

/** What the doctor says about the keys. */
async function doctor(secrets: Readonly<Record<string, string>>): Promise<string> {
  const { out } = await akr(['doctor'], { ...secrets, DATA_DIR: folder.path, DATABASE_URL: `sqlite:${folder.path}/core.db`, CACHE_URL: 'memory:' })
  return out.split('\n').find((line) => line.includes('key rotation')) ?? out
}

test('kill -9 on the way, and then the old key can go', async () => {
  gateway = await startGateway({ dataDir: folder.path, env, upstreams: [{ slug: 'vendor', base_url: chaos.url }] })
  const keys = Array.from({ length: KEYS }, (_, index) => `sk-reencrypt-${String(index).padStart(6, '0')}-abcdefghij`)
  await gateway.admin.expectOk('POST', `/upstreams/${gateway.idOf('vendor')}/keys/import`, { keys: keys.map((value) => ({ value })) })
  const status = await served()
  expect(status).toBeLessThan(500)
  await gateway.child.kill()
  gateway = await startGateway({ dataDir: folder.path, env: both })
  expect(await doctor(both)).toMatch(/still under ENCRYPTION_KEY_PREVIOUS/)
  const { id } = await gateway.admin.expectOk('POST', '/jobs', { kind: 'reencrypt' })
  for (let kill = 1; kill <= KILLS; kill++) {
    // Somewhere on the way: how far it is differs from run to run.
    const seen = await gateway.admin.expectOk('GET', `/jobs/${id}`)
    expect(await served()).toBe(status)
    await gateway.child.kill()
    gateway = await startGateway({ dataDir: folder.path, env: both })
    if (seen.status === 'succeeded') break
  }
  let job = await gateway.admin.expectOk('GET', `/jobs/${id}`)
  await until(async () => {
    job = await gateway.admin.expectOk('GET', `/jobs/${id}`)
    return job.status === 'succeeded' || job.status === 'failed'
  }, 60_000)
  expect(job).toMatchObject({ status: 'succeeded', result: { verified: KEYS } })
  expect(await doctor(both)).toMatch(/Remove ENCRYPTION_KEY_PREVIOUS/)
  expect(await served()).toBe(status)
  await gateway.child.kill()
  gateway = await startGateway({ dataDir: folder.path, env: { ...env, ENCRYPTION_KEY: newKey } })
  expect(await served()).toBe(status)
  const used = new Set<string>()
  for (let index = 0; index < 50; index++) {
    await served()
    used.add(chaos.ledger.entries.at(-1)?.key ?? '')
  }
  expect([...used].every((key) => keys.includes(key))).toBe(true)
}, 180_000)
