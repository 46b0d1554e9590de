// Owns the acceptance row UP-13: answers that break the protocol.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { badCases } from '../support/chaos/bad.ts'
import { createCanary } from '../support/canaries.ts'
import { openChaosUpstream, type ChaosUpstream } from '../support/chaos-upstream.ts'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { headerOf } from '../support/http-reader.ts'

let upstream: ChaosUpstream
let gateway: Gateway
beforeAll(async () => {
  upstream = await openChaosUpstream({ lean: true })
  gateway = await startGateway({
    env: { PROXY_TIMEOUT: '3', STREAM_IDLE_TIMEOUT: '2' },
    upstreams: [{ slug: 'u', base_url: upstream.url, keys: [createCanary('sk-')] }],
  })
})
afterAll(async () => {
  await gateway?.close()
  await upstream?.close()
})

describe('UP-13 malformed answers', () => {
  test.each(Object.entries(badCases))('%s', async (name, { expect: expected }) => {
    const result = await gateway.send('POST', `/proxy/u/bad/${name}`, {}, '{}', { timeoutMs: 8_000 })
    const [response] = result.responses
    const code = headerOf(response?.rawHeaders ?? [], 'x-gateway-error')
    const refused = response?.status === 502 && code !== undefined
    const isCut = response?.ending === 'cut' || (response === undefined && result.closedBy !== 'open')
    if (expected === 'refuse') expect([name, response?.status, code]).toEqual([name, 502, expect.stringMatching(/^upstream_/)])
    if (expected === 'cut') expect([name, response?.status, refused || isCut]).toEqual([name, response?.status, true])
    if (expected === 'pass') expect([name, response?.status, response?.body.toString()]).toEqual([name, 200, 'hello'])
    if (expected === 'either') expect([name, refused || response?.status === 200 || response?.status === 204]).toEqual([name, true])
    expect(result.bytes.toString('latin1')).not.toMatch(/leak|x-injected|x-bad/i)
    expect(result.informational).toEqual([])

    const next = await gateway.send('GET', '/proxy/u/ok', { 'X-Req-Id': `after-${name}` })
    expect([next.responses[0]?.status, next.responses[0]?.body.toString()]).toEqual([200, expect.stringContaining(`after-${name}`)])
  })

  test('nothing was thrown where nobody catches', () => {
    expect(gateway.child.exitStatus).toBeUndefined()
    expect(gateway.child.output).not.toMatch(/uncaught|unhandled|TypeError|at .+\.ts:\d+/)
  })
})
