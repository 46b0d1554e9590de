// Owns the acceptance row HTTP-01: hostile requests.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createCanary } from '../support/canaries.ts'
import { openChaosUpstream, type ChaosUpstream } from '../support/chaos-upstream.ts'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { headersOf } from '../support/http-reader.ts'
import { RawConnection } from '../support/raw-client.ts'
import { hostileRequests } from './payloads/hostile-requests.ts'

const REFUSALS = [400, 405, 408, 413, 414, 417, 431, 501, 505]

let upstream: ChaosUpstream
let gateway: Gateway
beforeAll(async () => {
  upstream = await openChaosUpstream()
  gateway = await startGateway({ upstreams: [{ slug: 'u', base_url: upstream.url, keys: [createCanary('sk-')] }] })
})
beforeEach(() => upstream.ledger.clear())
afterAll(async () => {
  await gateway?.close()
  await upstream?.close()
})

/** Sends a payload with a second request behind it on the same connection. */
async function sendWithFollower(bytes: string): Promise<{ statuses: number[]; closed: boolean; text: string }> {
  const connection = new RawConnection(gateway.port, '127.0.0.1')
  connection.write(bytes + gateway.text('GET', '/proxy/u/echo/follower', { 'X-Req-Id': 'follower' }))
  await connection.until(() => connection.closed || connection.responsesFinished >= 2, 3_000)
  const statuses = connection.result().responses.map((response) => response.status)
  const { closed, text } = connection
  connection.destroy()
  // What was on its way to the upstream is there before this one.
  const after = await gateway.send('GET', '/proxy/u/echo/after', { 'X-Req-Id': 'after' })
  expect(after.responses[0]?.status).toBe(200)
  return { statuses, closed, text }
}

const names = hostileRequests('key', 'u').map((payload) => payload.name)

describe('HTTP-01', () => {
  test('the list has at least the 73 payloads', () => {
    expect(names.length).toBeGreaterThanOrEqual(73)
    expect(new Set(names).size).toBe(names.length)
  })

  test.each(names)('%s', async (name) => {
    const payload = hostileRequests(gateway.clientKey, 'u').find((found) => found.name === name) as ReturnType<typeof hostileRequests>[number]
    const { statuses, closed, text } = await sendWithFollower(payload.bytes)
    const arrived = upstream.ledger.entries.filter((entry) => entry.nonce !== 'after')
    const followers = arrived.filter((entry) => entry.nonce === 'follower')
    const first = statuses[0]
    const refused = first === undefined ? payload.expect === 'close' : REFUSALS.includes(first) || (payload.expect === 'either' && first === 404)

    if (payload.expect === 'reject' || payload.expect === 'close') {
      expect({ name, statuses, refused, closed, arrived: arrived.map((entry) => entry.rawHead), text }).toEqual({
        name,
        statuses: statuses.slice(0, 1),
        refused: true,
        closed: true,
        arrived: [],
        text,
      })
      return
    }
    if (payload.expect === 'either' && refused) {
      expect({ name, arrived: arrived.length - followers.length }).toEqual({ name, arrived: 0 })
      return
    }
    // What follows an Upgrade may be left unread, if the connection says so by closing.
    const alone = payload.expect === 'either' && closed && followers.length === 0
    expect({ name, statuses, arrived: arrived.length - followers.length, followers: followers.length }).toEqual({
      name,
      statuses: alone ? [200] : [200, 200],
      arrived: 1,
      followers: alone ? 0 : 1,
    })
    const entry = arrived.find((found) => found.nonce !== 'follower')
    expect(entry?.body.toString('latin1')).toBe(payload.body)
    expect(headersOf(entry?.rawHeaders ?? [], 'content-length').length + headersOf(entry?.rawHeaders ?? [], 'transfer-encoding').length).toBeLessThanOrEqual(1)
    expect(headersOf(entry?.rawHeaders ?? [], 'upgrade')).toEqual([])
  })
})
