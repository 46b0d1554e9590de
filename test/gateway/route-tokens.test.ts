// A route below /api never gets an access token of the management API.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { openChaosUpstream, type ChaosUpstream } from '../support/chaos-upstream.ts'
import { startGateway, type Gateway } from '../support/gateway.ts'

let chaos: ChaosUpstream
let gateway: Gateway
beforeAll(async () => {
  chaos = await openChaosUpstream()
  gateway = await startGateway({ upstreams: [] })
})
afterAll(async () => {
  await gateway?.close()
  await chaos?.close()
})

test('with such a token the short path means management; without one, or with somebody else’s, the route', async () => {
  let reached = 0
  chaos.handle('/captured', (exchange) => {
    reached++
    exchange.json(200, { from: 'target' })
  })
  await gateway.admin.expectOk('POST', '/routes', { path: '/api/upstreams', target_url: `http://127.0.0.1:${chaos.port}/captured` })
  const ask = async (path: string, authorization?: string): Promise<[status: number, body: any]> => {
    const answer = await fetch(`${gateway.url}${path}`, { headers: authorization === undefined ? {} : { authorization } })
    return [answer.status, await answer.json()]
  }
  expect(await ask('/api/upstreams', `Bearer ${gateway.admin.token}`)).toMatchObject([200, { data: [] }])
  expect((await ask('/api/admin/upstreams'))[0]).toBe(401)
  expect(reached).toBe(0)
  expect(await ask('/api/upstreams')).toEqual([200, { from: 'target' }])
  expect(await ask('/api/upstreams', 'Bearer somebody-else')).toEqual([200, { from: 'target' }])
  expect(reached).toBe(2)
})
