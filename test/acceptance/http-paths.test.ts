// Owns the acceptance rows HTTP-08 (at socket level) and HTTP-13.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createCanary } from '../support/canaries.ts'
import { openChaosUpstream, type ChaosUpstream } from '../support/chaos-upstream.ts'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { headerOf, headersOf } from '../support/http-reader.ts'
import { readLog } from '../support/log-lines.ts'
import { HARMLESS_PATHS, pathForms } from '../support/path-forms.ts'
import { until } from '../support/until.ts'

let upstream: ChaosUpstream
let trap: ChaosUpstream
let gateway: Gateway
beforeAll(async () => {
  upstream = await openChaosUpstream()
  trap = await openChaosUpstream()
  gateway = await startGateway({
    upstreams: [
      { slug: 'based', base_url: `${upstream.url}/base/v1`, keys: [createCanary('sk-')] },
      { slug: 'llm', base_url: `${upstream.url}/base/v1`, adapter: 'openai', keys: [createCanary('sk-')] },
      { slug: 'u', base_url: upstream.url, keys: [createCanary('sk-')] },
    ],
  })
  const forward = { type: 'forward', targets: [{ url: `${upstream.url}/base/v1`, weight: 1 }] }
  const routes = [
    { name: 'forward', match: { path: '/forward/*rest' }, action: forward, requires_client_key: false },
    {
      name: 'rewritten',
      match: { path: '/rewritten/*rest' },
      action: { ...forward, targets: [{ url: upstream.url, weight: 1 }] },
      rewrite: { path: '/base/v1/*rest' },
    },
    { name: 'parameter', match: { path: '/parameter/:name/*rest' }, action: forward, rewrite: { path: '/:name/*rest' } },
    { name: 'pooled', match: { path: '/pooled/*rest' }, action: { type: 'upstream', upstream: 'based' }, rewrite: { path: '/*rest' } },
  ]
  for (const route of routes) await gateway.admin.expectOk('POST', '/routes', route)
})
beforeEach(() => upstream.ledger.clear())
afterAll(async () => {
  await gateway?.close()
  await upstream?.close()
  await trap?.close()
})

/** To the same base path as the upstreams. */
const ROUTES = ['/forward', '/rewritten', '/parameter/x', '/pooled']

describe('HTTP-08 path containment', () => {
  test('at least 40 forms are tried', () => expect(pathForms('h').length).toBeGreaterThanOrEqual(40))

  test.each(pathForms('TRAP'))('%j stays at the origin and under the base path, or is refused', async (form) => {
    const rest = form.replace('TRAP', `127.0.0.1:${trap.port}`)
    for (const prefix of ['/proxy/based', '/llm/llm', ...ROUTES]) {
      upstream.ledger.clear()
      await gateway.send('GET', prefix + rest, {}, '', { timeoutMs: 2_000 })
      await gateway.send('GET', '/proxy/u/ok', { 'X-Req-Id': 'last' })
      const arrived = upstream.ledger.entries.filter((entry) => entry.nonce !== 'last')
      for (const { target } of arrived) {
        expect([rest, target, target.startsWith('/base/v1/') || target === '/base/v1']).toEqual([rest, target, true])
        expect([rest, decoded(target.split('?')[0] as string)]).toEqual([rest, expect.not.stringMatching(/(?:^|[/\\])\.{1,2}(?:[/\\;]|$)|\0/)])
      }
    }
    expect([trap.connectionsAccepted, trap.ledger.entries.length]).toEqual([0, 0])
  })

  const decoded = (path: string): string =>
    [1, 2, 3].reduce((text) => text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))), path)

  test.each(HARMLESS_PATHS)('%j is forwarded byte for byte', async (rest) => {
    for (const prefix of ['/proxy/based', ...ROUTES]) await gateway.send('GET', prefix + rest)
    const sent = upstream.ledger.entries.map((entry) => entry.target)
    expect(sent).toEqual([`/base/v1${rest}`, ...ROUTES.map((route) => `/base/v1${route.replace(/^\/(?:forward|rewritten|parameter|pooled)/, '')}${rest}`)])
  })

  test('routes take the forms that look like paths, so that more than refusals are seen', async () => {
    for (const form of pathForms(`127.0.0.1:${trap.port}`)) for (const prefix of ROUTES) await gateway.send('GET', prefix + form, {}, '', { timeoutMs: 2_000 })
    const ofRoute = (route: string): number => readLog(gateway.child.stdout).filter((line) => line.event === 'proxy.request' && line['route'] === route).length
    for (const route of ['forward', 'rewritten', 'parameter', 'pooled']) await until(() => ofRoute(route) >= 10)
  })
})

describe('HTTP-13 a proxied document cannot act on the gateway origin', () => {
  const ALWAYS = ['service-worker-allowed', 'strict-transport-security', 'clear-site-data', 'alt-svc']

  test.each([
    ['navigation', { 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Site': 'none', 'Sec-Fetch-Dest': 'document' }],
    ['fetch', { 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Site': 'same-origin', 'Sec-Fetch-Dest': 'empty' }],
  ] as const)('seen by a browser (%s): sandboxed, not sniffed, no cookie, no CORS, nothing for the origin', async (_name, headers) => {
    const [response] = (await gateway.send('GET', '/proxy/u/fidelity?case=html', headers)).responses
    const raw = response?.rawHeaders ?? []
    expect(response?.status).toBe(200)
    expect(headersOf(raw, 'content-security-policy').join()).toMatch(/(?:^|[ ;,])sandbox(?:[;,]|$)/)
    expect(headerOf(raw, 'x-content-type-options')).toBe('nosniff')
    for (const name of [...ALWAYS, 'set-cookie', 'access-control-allow-origin']) expect([name, headersOf(raw, name)]).toEqual([name, []])
  })

  test('an API client gets the cookie, and still nothing that acts on the origin', async () => {
    const [response] = (await gateway.send('GET', '/proxy/u/fidelity?case=html')).responses
    const raw = response?.rawHeaders ?? []
    expect(headersOf(raw, 'set-cookie')).toEqual(['session=stolen; Path=/'])
    expect(headersOf(raw, 'content-security-policy').join()).toContain('sandbox')
    expect(headerOf(raw, 'x-content-type-options')).toBe('nosniff')
    for (const name of ALWAYS) expect([name, headersOf(raw, name)]).toEqual([name, []])
  })

  test('a policy that the vendor sends does not replace the sandbox', async () => {
    upstream.handle('/policy', (exchange) =>
      exchange.reply(
        200,
        [
          ['Content-Type', 'text/html'],
          ['Content-Security-Policy', 'sandbox allow-scripts allow-same-origin'],
        ],
        '<p>',
      ),
    )
    const [response] = (await gateway.send('GET', '/proxy/u/policy')).responses
    expect(headersOf(response?.rawHeaders ?? [], 'content-security-policy')).toContain('sandbox')
  })

  test.each(['image/svg+xml', 'application/xhtml+xml', 'text/xml', 'application/pdf', '', 'text/html\tx', 'TEXT/HTML', 'application/json, text/html'])(
    'content type %j is sandboxed too',
    async (type) => {
      upstream.handle('/typed', (exchange) => exchange.reply(200, type === '' ? [] : [['Content-Type', type]], '<script>1</script>'))
      const [response] = (await gateway.send('GET', '/proxy/u/typed', { 'Sec-Fetch-Mode': 'navigate' })).responses
      if (response?.status === 200) expect(headersOf(response.rawHeaders, 'content-security-policy').join()).toContain('sandbox')
      else expect(response?.status).toBe(502)
    },
  )
})
