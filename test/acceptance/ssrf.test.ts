// Owns the acceptance rows for addresses that upstreams must not have: SSRF-01 and SSRF-02.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createCanary } from '../support/canaries.ts'
import { openChaosUpstream, type ChaosUpstream } from '../support/chaos-upstream.ts'
import { openDnsServer, type DnsRecord, type DnsServer } from '../support/dns-server.ts'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { headerOf } from '../support/http-reader.ts'
import { runClosedLoop } from '../support/load.ts'
import { neverAllowed, privateOnly } from './payloads/refused-urls.ts'

describe('SSRF-01 literal forms', () => {
  let strict: Gateway
  let open: Gateway
  beforeAll(async () => {
    strict = await startGateway({ env: { ALLOW_PRIVATE_UPSTREAMS: 'false' } })
    open = await startGateway({ env: { ALLOW_PRIVATE_UPSTREAMS: 'true' } })
    for (const gateway of [strict, open]) await gateway.addUpstream({ slug: 'edited', base_url: 'https://api.example.com/v1' })
  })
  afterAll(async () => {
    await strict?.close()
    await open?.close()
  })

  /** Every way in which a base URL enters. */
  async function statusesOf(gateway: Gateway, url: string): Promise<Record<string, number>> {
    const whole = { slug: `s-${Math.random().toString(36).slice(2)}`, name: 'n', kind: 'generic', adapter: 'generic' }
    const id = gateway.idOf('edited')
    return {
      create: (await gateway.admin.call('POST', '/upstreams', { ...whole, base_url: url })).status,
      'create with targets': (
        await gateway.admin.call('POST', '/upstreams', {
          ...whole,
          slug: `${whole.slug}-t`,
          targets: [
            { url: 'https://api.example.com', weight: 1 },
            { url, weight: 1 },
          ],
        })
      ).status,
      patch: (await gateway.admin.call('PATCH', `/upstreams/${id}`, { base_url: url })).status,
      put: (await gateway.admin.call('PUT', `/upstreams/${id}`, { ...whole, slug: 'edited', base_url: url })).status,
    }
  }
  const refused = { create: 422, 'create with targets': 422, patch: 422, put: 422 }

  test('there are at least 60 forms', () => expect(neverAllowed.length + privateOnly.length).toBeGreaterThanOrEqual(60))

  test.each([...neverAllowed, ...privateOnly])('%s is refused with 422 at every entry', async (url) => {
    expect(await statusesOf(strict, url)).toEqual(refused)
  })

  test.each(neverAllowed)('%s is refused even with private upstreams allowed', async (url) => {
    expect(await statusesOf(open, url)).toEqual(refused)
  })

  test.each(['http://127.0.0.1:9999', 'http://192.168.1.10/v1', 'http://localhost:11434', 'https://api.example.com/v1'])(
    '%s is accepted when private upstreams are allowed',
    async (url) => {
      expect(Object.values(await statusesOf(open, url)).every((status) => status === 200 || status === 201)).toBe(true)
    },
  )
})

describe('SSRF-02 rebinding', () => {
  // Global unicast space that IANA has not given to anybody: counts as public, is routed nowhere.
  const PUBLIC: DnsRecord = { type: 'AAAA', address: '2d00::1' }
  const PRIVATE: DnsRecord = { type: 'A', address: '127.0.0.1' }
  const MAPPED: DnsRecord = { type: 'AAAA', address: '::ffff:7f00:1' }
  const NAMES = ['flip', 'flop', 'mixed', 'cname', 'mapped', 'private']
  let trap: ChaosUpstream
  let dns: DnsServer
  let gateway: Gateway

  beforeAll(async () => {
    trap = await openChaosUpstream()
    const flips = new Map<string, number>()
    dns = await openDnsServer(({ name, type }) => {
      const kind = (name.split('.')[0] ?? '').replace(/\d+$/, '')
      const asked = flips.get(name) ?? 0
      flips.set(name, asked + 1)
      // Each look-up asks for A and AAAA: pairs of questions alternate.
      const isOdd = Math.floor(asked / 2) % 2 === 1
      const only = (records: DnsRecord[]): DnsRecord[] => records.filter((record) => record.type === type || record.type === 'CNAME')
      if (kind === 'flip') return only(isOdd ? [PRIVATE] : [PUBLIC])
      if (kind === 'flop') return only(isOdd ? [PUBLIC] : [PRIVATE])
      if (kind === 'mixed') return only([PUBLIC, PRIVATE])
      if (kind === 'cname') return [{ type: 'CNAME', name: 'inner.private.test' }, ...only([PRIVATE])]
      if (kind === 'mapped') return only([MAPPED])
      return only([PRIVATE])
    })
    gateway = await startGateway({ env: { ALLOW_PRIVATE_UPSTREAMS: 'false', DNS_SERVERS: dns.address, CONNECT_TIMEOUT: '0.2' } })
    for (const name of NAMES) {
      for (let i = 0; i < 5; i++) {
        await gateway.addUpstream({
          slug: `${name}${i}`,
          base_url: `http://${name}${i}.rebind.test:${trap.port}`,
          keys: [createCanary('sk-')],
          max_attempts: 3,
        })
      }
    }
  })
  afterAll(async () => {
    await gateway?.close()
    await dns?.close()
    await trap?.close()
  })

  test('1,000 requests over names that change their mind: nobody is connected at the private trap', async () => {
    const slugs = NAMES.flatMap((name) => [0, 1, 2, 3, 4].map((i) => name + i))
    const report = await runClosedLoop({
      port: gateway.port,
      connections: 30,
      total: 1_000,
      request: (index) => ({ text: gateway.text('GET', `/proxy/${slugs[index % slugs.length]}/ok`), nonce: '' }),
      check: (answer) => ([502, 504].includes(answer.status) ? 'ok' : 'wrong-status'),
    })
    expect(dns.questions.length).toBeGreaterThan(30)
    expect([trap.connectionsAccepted, trap.ledger.entries.length]).toEqual([0, 0])
    expect(report).toMatchObject({ failed: 0, failures: [] })
  }, 120_000)

  test('the client is told that the address is refused', async () => {
    const result = await gateway.send('GET', '/proxy/private0/ok')
    expect(result.responses[0]?.status).toBe(502)
    expect(headerOf(result.responses[0]?.rawHeaders ?? [], 'x-gateway-error')).toBe('upstream_address_refused')
  })

  test('the control: with private upstreams allowed the same names reach the trap, so the trap works', async () => {
    const lax = await startGateway({ env: { ALLOW_PRIVATE_UPSTREAMS: 'true', DNS_SERVERS: dns.address } })
    await lax.addUpstream({ slug: 'private', base_url: `http://private9.rebind.test:${trap.port}`, keys: [createCanary('sk-')] })
    expect((await lax.send('GET', '/proxy/private/ok')).responses[0]?.status).toBe(200)
    expect(trap.ledger.entries).toHaveLength(1)
    await lax.close()
  })
})
