// Owns the acceptance rows for upstreams that cannot be reached: UP-01, UP-02, UP-03.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { openBlackHole, type BlackHole } from '../support/black-hole.ts'
import { createCanary } from '../support/canaries.ts'
import { createAuthority, createSelfSigned } from '../support/certificates.ts'
import { openChaosUpstream, type ChaosUpstream } from '../support/chaos-upstream.ts'
import { openFaultProxy, type FaultProxy } from '../support/fault-proxy.ts'
import { createTemporaryFolder, findFreePort } from '../support/free-port.ts'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { headerOf } from '../support/http-reader.ts'

const CONNECT_S = 1
const FIRST_BYTE_S = 2
const authority = createAuthority()
const folder = createTemporaryFolder('akr-authority')
const day = 24 * 3_600_000

let gateway: Gateway
let upstream: ChaosUpstream
let proxy: FaultProxy
let hole: BlackHole
beforeAll(async () => {
  writeFileSync(join(folder.path, 'ca.pem'), authority.cert)
  upstream = await openChaosUpstream()
  proxy = await openFaultProxy({ port: upstream.port })
  hole = await openBlackHole()
  const key = (): string[] => [createCanary('sk-'), createCanary('sk-')]
  gateway = await startGateway({
    env: { CONNECT_TIMEOUT: String(CONNECT_S), PROXY_TIMEOUT: String(FIRST_BYTE_S), NODE_EXTRA_CA_CERTS: join(folder.path, 'ca.pem') },
    upstreams: [
      { slug: 'refused', base_url: `http://127.0.0.1:${await findFreePort()}`, keys: key(), max_attempts: 1 },
      { slug: 'refused-often', base_url: `http://127.0.0.1:${await findFreePort()}`, keys: key() },
      { slug: 'hole', base_url: hole.url, keys: key(), max_attempts: 1 },
      { slug: 'hang', base_url: proxy.url, keys: key() },
    ],
  })
})
afterAll(async () => {
  await gateway?.close()
  hole?.close()
  await proxy?.close()
  await upstream?.close()
  folder.remove()
})

const statesOf = async (slug: string): Promise<string[]> => (await gateway.admin.listKeys(gateway.idOf(slug))).map((key) => key.state)

describe('UP-01 refused', () => {
  test('502 upstream_unreachable with the first byte within 100 ms', async () => {
    await gateway.send('GET', '/proxy/refused/ok')
    for (const method of ['GET', 'POST']) {
      const result = await gateway.send(method, '/proxy/refused/ok')
      expect(result.responses[0]?.status).toBe(502)
      expect(headerOf(result.responses[0]?.rawHeaders ?? [], 'x-gateway-error')).toBe('upstream_unreachable')
      expect(result.elapsedMs).toBeLessThanOrEqual(100)
    }
  })

  test('no key is penalised, however often it happens', async () => {
    for (let i = 0; i < 20; i++) await gateway.send('POST', '/proxy/refused-often/ok')
    expect(await statesOf('refused-often')).toEqual(['ready', 'ready'])
  })
})

describe('UP-02 black hole', () => {
  test('a connection that never completes: 504 after the connect limit', async () => {
    const result = await gateway.send('POST', '/proxy/hole/ok', {}, '{}', { timeoutMs: 20_000 })
    expect(result.responses[0]?.status).toBe(504)
    expect(headerOf(result.responses[0]?.rawHeaders ?? [], 'x-gateway-error')).toBe('upstream_timeout')
    expect(result.elapsedMs).toBeGreaterThanOrEqual(CONNECT_S * 1_000)
    expect(result.elapsedMs).toBeLessThanOrEqual(CONNECT_S * 1_000 + 600)
  })

  test('accepted and then silence: 504 after the first-byte limit, the socket is gone within 100 ms', async () => {
    await proxy.switch({ mode: 'hang' })
    const result = await gateway.send('POST', '/proxy/hang/ok', {}, '{}', { timeoutMs: 20_000 })
    expect(result.responses[0]?.status).toBe(504)
    expect(Math.abs(result.elapsedMs - FIRST_BYTE_S * 1_000)).toBeLessThanOrEqual(500)
    const since = performance.now()
    while (proxy.openConnections > 0 && performance.now() - since < 1_000) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(performance.now() - since).toBeLessThanOrEqual(100)
    expect(proxy.bytesIn).toBeGreaterThan(0)
  })
})

describe('UP-03 bad TLS', () => {
  const good = authority.issue({ commonName: 'good', addresses: ['127.0.0.1'] })
  const cases = {
    expired: authority.issue({ commonName: 'old', addresses: ['127.0.0.1'], notBefore: new Date(Date.now() - 2 * day), notAfter: new Date(Date.now() - day) }),
    'self-signed': createSelfSigned({ commonName: '127.0.0.1', addresses: ['127.0.0.1'] }),
    'wrong-host': authority.issue({ commonName: 'other', dnsNames: ['other.test'] }),
    'tls-1-0': { ...good, minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' } as const,
  }

  test.each(Object.entries(cases))('%s: 502 and the key never leaves', async (name, tls) => {
    const server = await openChaosUpstream({ tls })
    await gateway.addUpstream({ slug: name, base_url: server.url, keys: [createCanary('sk-')] })
    for (const method of ['GET', 'POST']) {
      const result = await gateway.send(method, `/proxy/${name}/ok`, {}, '', { timeoutMs: 10_000 })
      expect(result.responses[0]?.status).toBe(502)
      expect(headerOf(result.responses[0]?.rawHeaders ?? [], 'x-gateway-error')).toBe('upstream_tls_error')
    }
    expect([server.bytesReceived, server.ledger.entries.length]).toEqual([0, 0])
    expect(await statesOf(name)).toEqual(['ready'])
    await server.close()
  })

  test('the control: a good certificate of the same authority is served', async () => {
    const server = await openChaosUpstream({ tls: good })
    await gateway.addUpstream({ slug: 'good-tls', base_url: server.url, keys: [createCanary('sk-')] })
    expect((await gateway.send('GET', '/proxy/good-tls/ok')).responses[0]?.status).toBe(200)
    expect(server.ledger.entries).toHaveLength(1)
    await server.close()
  })
})
