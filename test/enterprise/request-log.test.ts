// The request log of several replicas over one database server: they add to the same tables at once; while it is frozen, what is lost is counted exactly.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { runClosedLoop } from '../support/load.ts'
import { describeWith } from '../support/servers/required.ts'
import { until } from '../support/until.ts'
import type { Gateway } from '../support/gateway.ts'
import { KINDS, openStand, RSS_GROWTH_BYTES, type Kind, type Stand } from './dep-stand.ts'

for (const kind of KINDS) describeWith(kind, kind, () => defineTests(kind))

function defineTests(kind: Kind): void {
  let stand: Stand
  beforeAll(async () => {
    stand = await openStand(kind, 2)
  }, 60_000)
  afterAll(() => stand?.close(), 30_000)

  async function figures(gateway: Gateway): Promise<{ proxied: number; stored: number; dropped: number }> {
    const text = await (await fetch(`${gateway.url}/metrics`)).text()
    const value = (name: string): number => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1])
    const proxied = [...text.matchAll(/^akr_proxy_requests_total\{[^}]*\} (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0)
    return { proxied, stored: value('akr_request_log_stored_total'), dropped: value('akr_request_log_dropped_total') }
  }

  async function settled(): Promise<{ proxied: number; stored: number; dropped: number }> {
    const sum = async () => {
      const [a, b] = (await Promise.all(stand.gateways.map(figures))) as [Awaited<ReturnType<typeof figures>>, Awaited<ReturnType<typeof figures>>]
      return { proxied: a.proxied + b.proxied, stored: a.stored + b.stored, dropped: a.dropped + b.dropped }
    }
    await until(async () => {
      const { proxied, stored, dropped } = await sum()
      return proxied === stored + dropped
    }, 40_000)
    return sum()
  }

  async function countRows(gateway: Gateway): Promise<number> {
    let count = 0
    let cursor = ''
    do {
      const { body } = await gateway.admin.call('GET', `/logs?limit=1000${cursor}`)
      count += body.data.length
      cursor = body.next_cursor === null ? '' : `&cursor=${body.next_cursor}`
    } while (cursor !== '')
    return count
  }

  const load = (gateway: Gateway, total: number) =>
    runClosedLoop({
      port: gateway.port,
      connections: 20,
      total,
      request: (index) => ({ nonce: `n${index}`, text: gateway.text('GET', '/proxy/u/ok', { 'X-Req-Id': `n${index}` }) }),
    })

  test('replicas that write at once lose nothing and double nothing, and each shows all', async () => {
    const reports = await Promise.all(stand.gateways.map((gateway) => load(gateway, 3_000)))
    expect(reports.flatMap(({ failures }) => failures)).toEqual([])
    const { proxied, dropped } = await settled()
    expect(dropped).toBe(0)
    for (const gateway of stand.gateways) {
      expect(await countRows(gateway)).toBe(proxied)
      expect((await gateway.admin.call('GET', '/usage?group_by=upstream,day')).body.totals).toMatchObject({ requests: proxied })
    }
  }, 120_000)

  test('DEP-12 while the server is frozen requests go on, memory stays, and stored and dropped are all there were', async () => {
    const [gateway] = stand.gateways as [Gateway]
    // A young process grows for a while, with nothing wrong.
    expect((await load(gateway, 10_000)).failures).toEqual([])
    await settled()
    stand.server.freeze()
    const before = gateway.child.rssBytes()
    let growth: number
    try {
      const { failures } = await load(gateway, 12_000)
      expect(failures).toEqual([])
      growth = gateway.child.rssBytes() - before
      expect((await figures(gateway)).dropped).toBeGreaterThan(1_000)
      expect((await gateway.admin.call('GET', '/logs')).status).toBe(503)
    } finally {
      stand.server.thaw()
    }
    const { stored, dropped } = await settled()
    expect(dropped).toBeGreaterThan(1_000)
    expect(growth).toBeLessThan(RSS_GROWTH_BYTES)
    expect(await countRows(gateway)).toBe(stored)
    expect((await gateway.admin.call('GET', '/usage?group_by=day')).body.totals.requests).toBe(stored)
  }, 180_000)
}
