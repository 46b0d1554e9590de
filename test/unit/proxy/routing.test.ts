// Routes on real sockets in one process: what is forwarded and how, what the gateway answers itself, and what never leaves it.
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { compileRoutes } from '../../../src/domain/route-matcher.ts'
import type { Route } from '../../../src/domain/route.ts'
import { systemClock } from '../../../src/infrastructure/system.ts'
import { PlainClient } from '../../../src/proxy/plain.ts'
import { createResolver } from '../../../src/proxy/resolver.ts'
import { createTarget } from '../../../src/proxy/target-url.ts'
import { answer, CLIENT_KEY, openStand, RawTalk, type Stand, type StandOptions } from './stand.ts'

let stand: Stand
const open = async (options: StandOptions = {}): Promise<void> => void (stand = await openStand(options))
beforeEach(() => open())
afterEach(() => stand.close())

type Draft = Partial<Omit<Route, 'match'>> & { readonly match: Partial<Route['match']> & { readonly path: string } }

let made = 0
function install(...drafts: readonly Draft[]): void {
  const routes = drafts.map((draft): Route => {
    made++
    const defaults = { id: `rt_${String(made).padStart(6, '0')}`, name: `route ${made}`, enabled: true, priority: 0, mode: 'enforce' } as const
    return { ...defaults, action: forwardTo('/base'), requiresClientKey: false, createdAtMs: made, updatedAtMs: made, ...draft }
  })
  Object.assign(stand.snapshot.current as object, { routes: compileRoutes(routes) })
}
const forwardTo = (path: string): Route['action'] => ({ type: 'forward', targets: [{ url: `${stand.vendorUrl}${path}`, weight: 1 }] })

function request(method: string, target: string, headers: Readonly<Record<string, string>> = {}, body = ''): string {
  const all: Record<string, string> = { host: 'gateway.example', ...(body === '' ? {} : { 'content-length': String(Buffer.byteLength(body)) }), ...headers }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n${body}`
}

async function ask(method: string, target: string, headers: Readonly<Record<string, string>> = {}, body = ''): Promise<string> {
  const talk = new RawTalk(stand.port, request(method, target, { connection: 'close', ...headers }, body))
  await talk.closed
  return talk.received
}

const statusOf = (text: string): number => Number(text.split(' ')[1])
const bodyOf = (text: string): string => text.slice(text.indexOf('\r\n\r\n') + 4)
const headerOf = (text: string, name: string): string | undefined =>
  new RegExp(`^${name}: (.*)\r$`, 'im').exec(text.slice(0, text.indexOf('\r\n\r\n') + 2))?.[1]
const sentLine = (index = 0): string => (stand.heads[index] as string).split('\r\n')[0] as string

describe('forwarding', () => {
  beforeEach(() => {
    stand.script = (socket) => answer(socket, 200, '{"ok":true}')
  })

  test('a target without a wildcard is the whole address; the query is kept, the host is that of the target', async () => {
    install({ match: { path: '/api/users', methods: ['GET'] }, action: forwardTo('/users/') })
    const got = await ask('GET', '/api/users?a=1&b=%20x', { accept: 'text/plain' })
    expect([statusOf(got), bodyOf(got)]).toEqual([200, '{"ok":true}'])
    expect(sentLine()).toBe('GET /users/?a=1&b=%20x HTTP/1.1')
    expect(headerOf(stand.heads[0] as string, 'host')).toBe(new URL(stand.vendorUrl).host)
    expect(headerOf(stand.heads[0] as string, 'accept')).toBe('text/plain')
    expect(headerOf(got, 'x-request-id')).toBeDefined()
    expect(headerOf(got, 'x-akr-error-source')).toBe('upstream')
    expect(headerOf(got, 'x-akr-upstream')).toBeUndefined()
  })

  test('a wildcard is appended, a rewrite fills in the parameters, raw', async () => {
    install({ match: { path: '/files/*rest' } }, { match: { path: '/u/:id/x/*rest' }, rewrite: { path: '/v2/:id/*rest' } })
    await ask('GET', '/files/a%20b//c')
    await ask('GET', '/u/4%C3%A92/x/deep/er?q')
    await ask('GET', '/files/')
    expect([sentLine(0), sentLine(1), sentLine(2)].map((line) => line.split(' ')[1])).toEqual(['/base/a%20b//c', '/base/v2/4%C3%A92/deep/er?q', '/base/'])
  })

  test('bodies go up as they came: with a length, chunked, for DELETE too, and none where there is none', async () => {
    install({ match: { path: '/up' } })
    const bodies: string[] = []
    stand.script = (socket, _head, body) => {
      bodies.push(body.toString('latin1'))
      if (body.length === 0 || body.includes('hello')) answer(socket, 200, '{}')
      else
        socket.once('data', (more: Buffer) => {
          bodies.push(more.toString('latin1'))
          answer(socket, 200, '{}')
        })
    }
    await ask('GET', '/up')
    const head = stand.heads[0] as string
    expect([headerOf(head, 'content-length'), headerOf(head, 'transfer-encoding')]).toEqual([undefined, undefined])
    const talk = new RawTalk(
      stand.port,
      request('DELETE', '/up', { 'transfer-encoding': 'chunked', connection: 'close' }, '').concat('5\r\nhello\r\n0\r\n\r\n'),
    )
    await talk.closed
    expect(statusOf(talk.received)).toBe(200)
    expect([headerOf(stand.heads[1] as string, 'transfer-encoding'), headerOf(stand.heads[1] as string, 'content-length')]).toEqual(['chunked', undefined])
  })

  test('X-Forwarded-* are ours, whatever the client says', async () => {
    install({ match: { path: '/x' } })
    await ask('GET', '/x', {
      'x-forwarded-for': '9.9.9.9',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'evil',
      forwarded: 'for=9.9.9.9',
      'x-real-ip': '9.9.9.9',
      via: '1.1 x',
    })
    const head = stand.heads[0] as string
    expect(head).not.toMatch(/9\.9\.9\.9|evil|via:/i)
    expect([headerOf(head, 'x-forwarded-for'), headerOf(head, 'x-forwarded-proto'), headerOf(head, 'x-forwarded-host')]).toEqual([
      '127.0.0.1',
      'http',
      'gateway',
    ])
  })

  test('no client key leaves the gateway, not from an open route, wherever it stands', async () => {
    install({ match: { path: '/x' } }, { match: { path: '/closed' }, requiresClientKey: true })
    await ask('GET', `/x?key=${CLIENT_KEY}&a=1`, {
      authorization: `Bearer ${CLIENT_KEY}`,
      'x-api-key': CLIENT_KEY,
      'x-copy': CLIENT_KEY,
      cookie: `a=${CLIENT_KEY}; b=2`,
    })
    await ask('GET', `/x?api_key=${CLIENT_KEY}`)
    await ask('GET', '/closed', { 'x-proxy-key': CLIENT_KEY, authorization: 'Bearer of-the-target' })
    expect(stand.heads).toHaveLength(3)
    for (const head of stand.heads) expect(head).not.toContain(CLIENT_KEY)
    expect(stand.heads.join('')).not.toContain('pool-key')
    expect(headerOf(stand.heads[2] as string, 'authorization')).toBe('Bearer of-the-target')
  })

  test('a closed route asks for a client key and names the caller', async () => {
    install({ match: { path: '/closed' }, requiresClientKey: true })
    const refused = await ask('GET', '/closed')
    expect([statusOf(refused), JSON.parse(bodyOf(refused)).code]).toEqual([401, 'missing_client_key'])
    expect(JSON.parse(bodyOf(await ask('GET', '/closed', { 'x-proxy-key': 'sk-akr-no-such-key-000000000' }))).code).toBe('invalid_client_key')
    expect(stand.heads).toHaveLength(0)
    await ask('GET', '/closed', { 'x-proxy-key': CLIENT_KEY })
    expect(await stand.finished(3)).toMatchObject({ status: 200, outcome: 'ok', route: expect.stringMatching(/^route /), path: '/closed', upstream: '' })
    expect((await stand.finished(3)).clientKeyId).not.toBe('')
  })

  test('hop-by-hop headers end at the gateway, both ways', async () => {
    install({ match: { path: '/x' } })
    stand.script = (socket) =>
      answer(socket, 200, '{}', {
        connection: 'x-secret, keep-alive',
        'x-secret': '1',
        'keep-alive': 'timeout=9',
        'proxy-authenticate': 'Basic',
        trailer: 'a',
        'x-akr-upstream': 'fake',
      })
    const got = await ask('GET', '/x', {
      connection: 'close, x-hop',
      'x-hop': '1',
      te: 'trailers',
      'proxy-authorization': 'Basic x',
      'keep-alive': 'timeout=1',
    })
    expect(stand.heads[0]).not.toMatch(/^(x-hop|te|proxy-authorization|keep-alive|upgrade):/im)
    expect(got).not.toMatch(/^(x-secret|keep-alive|proxy-authenticate|trailer|x-akr-upstream):/im)
  })

  test('header edits: set, add and remove; never framing, credentials or what protects the origin', async () => {
    install({
      match: { path: '/x' },
      rewrite: {
        requestHeaders: [
          ...([
            { op: 'set', name: 'x-a', value: '1' },
            { op: 'add', name: 'x-a', value: '2' },
            { op: 'remove', name: 'x-gone' },
          ] as const),
          ...([
            { op: 'set', name: 'host', value: 'evil' },
            { op: 'set', name: 'content-length', value: '9' },
            { op: 'set', name: 'authorization', value: 'x' },
          ] as const),
        ],
        responseHeaders: [
          ...([
            { op: 'set', name: 'content-type', value: 'text/html' },
            { op: 'remove', name: 'server' },
            { op: 'add', name: 'x-b', value: 'new' },
          ] as const),
          ...([
            { op: 'remove', name: 'content-security-policy' },
            { op: 'set', name: 'transfer-encoding', value: 'x' },
          ] as const),
        ],
      },
    })
    stand.script = (socket) => answer(socket, 200, '{}', { server: 's', 'x-b': 'old' })
    const got = await ask('GET', '/x', { 'x-a': '0', 'x-gone': '1' })
    const head = stand.heads[0] as string
    expect([...head.matchAll(/^x-a: (.*)\r$/gim)].map(([, value]) => value)).toEqual(['1', '2'])
    expect(head).not.toMatch(/x-gone|evil|content-length|authorization/i)
    expect(got).not.toMatch(/^(server|transfer-encoding):/im)
    expect([...got.matchAll(/^x-b: (.*)\r$/gim)].map(([, value]) => value)).toEqual(['old', 'new'])
    // What is made a page by the route must not act on the gateway's origin.
    expect([headerOf(got, 'content-type'), headerOf(got, 'content-security-policy')]).toEqual(['text/html', 'sandbox'])
  })

  test('redirects are passed on, not followed', async () => {
    install({ match: { path: '/x' } })
    stand.script = (socket) => answer(socket, 302, '', { location: `${stand.vendorUrl}/secret` })
    const got = await ask('GET', '/x')
    expect([statusOf(got), headerOf(got, 'location')]).toEqual([302, `${stand.vendorUrl}/secret`])
    expect(stand.heads).toHaveLength(1)
  })

  test.each([
    ...[
      '/files/../admin',
      '/files/%2e%2e/admin',
      '/files/.%2e/x',
      '/files/..;/x',
      '/files/%252e%252e/x',
      '/files/a%2f..%2fx',
      '/files/%5c..%5cx',
      '/files/%00',
    ],
    ...['/files/a/..', '/files/%2e', '/files/..%2f', '/files/./x'],
  ])('%s never leaves the target’s path', async (path) => {
    install({ match: { path: '/files/*rest' } })
    expect([400, 404]).toContain(statusOf(await ask('GET', path)))
    expect(stand.heads).toHaveLength(0)
  })

  test('an open connection to the target that it has just closed costs a safe request nothing', async () => {
    install({ match: { path: '/x' } })
    stand.script = (socket, _head, _body, count) => {
      // The second request on the connection finds it closed.
      if (count === 2) socket.resetAndDestroy()
      else answer(socket, 200, '{}')
    }
    expect(statusOf(await ask('GET', '/x'))).toBe(200)
    expect(statusOf(await ask('GET', '/x'))).toBe(200)
    expect(stand.heads).toHaveLength(3)
  })
})

describe('several targets', () => {
  test('they take turns by weight; one that is gone costs a safe request nothing, and is left out', async () => {
    stand.script = (socket) => answer(socket, 200, '{}')
    const [a, b] = ['/a', '/b'].map((path) => `${stand.vendorUrl}${path}`) as [string, string]
    const action = (...targets: readonly [url: string, weight: number][]): Route['action'] => ({
      type: 'forward',
      targets: targets.map(([url, weight]) => ({ url, weight })),
    })
    install({ match: { path: '/even' }, action: action([a, 3], [b, 1]) }, { match: { path: '/half' }, action: action([a, 1], ['http://127.0.0.1:1/', 1]) })
    for (let i = 0; i < 8; i++) expect(statusOf(await ask('GET', '/even'))).toBe(200)
    expect(stand.heads.filter((head) => head.startsWith('GET /a ')).length).toBe(6)
    for (let i = 0; i < 10; i++) expect(statusOf(await ask('GET', '/half'))).toBe(200)
    // Nothing was sent to the one that is gone, so even what must not be repeated goes to the other.
    for (let i = 0; i < 4; i++) expect(statusOf(await ask('DELETE', '/half'))).toBe(200)
    expect((await stand.finished(9)).attempts + (await stand.finished(10)).attempts).toBe(3)
  })

  test('what was sent is not sent again, unless it is safe', async () => {
    install({
      match: { path: '/x' },
      action: {
        type: 'forward',
        targets: [
          { url: stand.vendorUrl, weight: 1 },
          { url: `${stand.vendorUrl}/b`, weight: 1 },
        ],
      },
    })
    stand.script = (socket) => void socket.destroy()
    expect(statusOf(await ask('POST', '/x', {}, 'body'))).toBe(502)
    expect(stand.heads).toHaveLength(1)
    expect(statusOf(await ask('DELETE', '/x'))).toBe(502)
    expect(stand.heads).toHaveLength(2)
    expect(statusOf(await ask('GET', '/x'))).toBe(502)
    expect(stand.heads).toHaveLength(4)
  })
})

test('a target is connected to at addresses that are allowed only, literal or resolved', async () => {
  const refused = async (hostname: string): Promise<unknown> => {
    const isAddressAllowed = (): boolean => false
    const client = new PlainClient({ resolve: createResolver({ servers: [], isAddressAllowed, clock: systemClock }), isAddressAllowed })
    const target = createTarget(`http://${hostname}:${new URL(stand.vendorUrl).port}`)
    const error = await new Promise((resolve) => {
      const handler = { onRequest: () => undefined, onResponse: () => resolve('connected'), onError: resolve }
      client.dispatch({ target, method: 'GET', path: '/', headers: { host: 'x' }, body: Readable.from([]), isFresh: false }, handler)
    })
    client.close()
    return (error as { code?: string }).code
  }
  expect(await refused('127.0.0.1')).toBe('AKR_ADDRESS_REFUSED')
  expect(await refused('localhost')).toBe('AKR_ADDRESS_REFUSED')
  expect(stand.heads).toHaveLength(0)
})

describe('streams and faults', () => {
  test('events arrive while the target still sends', async () => {
    install({ match: { path: '/stream' } })
    const written = Promise.withResolvers<import('node:net').Socket>()
    stand.script = (socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n')
      written.resolve(socket)
    }
    const talk = new RawTalk(stand.port, request('GET', '/stream'))
    await talk.until('data: 1')
    expect(talk.received).not.toContain('data: 2')
    ;(await written.promise).write('9\r\ndata: 2\n\n\r\n0\r\n\r\n')
    await talk.until('0\r\n\r\n')
    expect(await stand.finished()).toMatchObject({ status: 200, outcome: 'ok', stream: true, bytesOut: 18 })
    talk.end()
  })

  test.each([
    ['a length that is not reached', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf'],
    ['chunks without their end', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n'],
  ])('%s is visible to the client', async (_, bytes) => {
    install({ match: { path: '/x' } })
    stand.script = (socket) => socket.end(bytes)
    const got = await ask('GET', '/x')
    expect(got).toContain('half')
    expect(got).not.toContain('0\r\n\r\n')
    if (headerOf(got, 'content-length') !== undefined) expect(bodyOf(got).length).toBeLessThan(100)
    expect(await stand.finished()).toMatchObject({ outcome: 'upstream_error', errorCode: 'upstream_stream_interrupted' })
  })

  test.each([
    ['closes before it answers', (socket: import('node:net').Socket) => void socket.destroy(), 502, 'upstream_reset'],
    ['answers with something else than HTTP', (socket: import('node:net').Socket) => void socket.end('SSH-2.0-x\r\n\r\n'), 502, 'upstream_malformed'],
    [
      'sends endless headers',
      (socket: import('node:net').Socket) => void socket.write(`HTTP/1.1 200 OK\r\nx: ${'a'.repeat(70_000)}\r\n\r\n`),
      502,
      'upstream_headers_too_large',
    ],
  ])('a target that %s is an error of ours', async (_, script, status, code) => {
    install({ match: { path: '/x' }, name: 'broken' })
    stand.script = script
    const got = await ask('POST', '/x', {}, 'body')
    expect([statusOf(got), headerOf(got, 'x-gateway-error'), headerOf(got, 'content-type')]).toEqual([status, code, 'application/problem+json'])
    expect(JSON.parse(bodyOf(got)).detail).toContain("'broken'")
  })

  test('nobody at the target', async () => {
    install({ match: { path: '/x' }, action: { type: 'forward', targets: [{ url: 'http://127.0.0.1:1/', weight: 1 }] } })
    expect(headerOf(await ask('GET', '/x'), 'x-gateway-error')).toBe('upstream_unreachable')
  })

  test("the route's timeout is the whole exchange's: before the answer 504, inside it a visible end", async () => {
    install({ match: { path: '/x' }, timeoutMs: 150 })
    stand.script = () => undefined
    const got = await ask('GET', '/x')
    expect([statusOf(got), headerOf(got, 'x-gateway-error')]).toEqual([504, 'upstream_timeout'])
    expect(JSON.parse(bodyOf(got)).detail).toContain("the route's timeout")
    stand.script = (socket) => void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf')
    expect(bodyOf(await ask('GET', '/x'))).toBe('half')
    expect(await stand.finished(2)).toMatchObject({ errorCode: 'upstream_timeout' })
  })

  test('a client that leaves ends the request to the target', async () => {
    install({ match: { path: '/x' } })
    const gone = Promise.withResolvers<void>()
    const arrived = Promise.withResolvers<void>()
    stand.script = (socket) => {
      socket.on('close', () => gone.resolve())
      arrived.resolve()
    }
    const talk = new RawTalk(stand.port, request('GET', '/x'))
    await arrived.promise
    talk.end()
    await gone.promise
    expect(await stand.finished()).toMatchObject({ status: 499, outcome: 'aborted' })
    expect(stand.plane.inFlight).toBe(0)
  })

  test('an answer before the end of the upload reaches the client, and nothing follows on the connection', async () => {
    install({ match: { path: '/x' } })
    stand.script = (socket) => answer(socket, 413, '{"too":"large"}')
    const talk = new RawTalk(stand.port, request('POST', '/x', { 'content-length': '1000000' }).concat('part'))
    await talk.until('{"too":"large"}')
    expect(headerOf(talk.received, 'connection')).toBe('close')
    await talk.closed
  })

  test('the drain waits for forwarded requests and then ends them visibly', async () => {
    install({ match: { path: '/x' } })
    stand.script = (socket) => void socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n')
    const talk = new RawTalk(stand.port, request('GET', '/x'))
    await talk.until('half')
    expect(stand.plane.inFlight).toBe(1)
    stand.plane.close()
    expect(headerOf(await ask('GET', '/x'), 'x-gateway-error')).toBe('shutting_down')
    stand.plane.abortAll()
    await talk.closed
    expect(talk.received).not.toContain('0\r\n\r\n')
    await stand.plane.whenIdle()
  })
})

describe('answers of the gateway', () => {
  test('deny, in the words of the caller', async () => {
    install({
      match: { path: '/*rest' },
      action: { type: 'deny', status: 451, message: 'Not here.' },
      rewrite: { responseHeaders: [{ op: 'set', name: 'x-why', value: 'law' }] },
    })
    const plain = await ask('GET', '/some/where')
    expect([statusOf(plain), JSON.parse(bodyOf(plain)), headerOf(plain, 'x-why')]).toEqual([
      451,
      expect.objectContaining({ code: 'route_denied', detail: 'Not here.', status: 451 }),
      'law',
    ])
    const openai = JSON.parse(bodyOf(await ask('POST', '/my/chat/completions', {}, '{}')))
    expect(openai.error).toMatchObject({ code: 'route_denied', message: expect.stringContaining('Not here.') })
    const gemini = JSON.parse(bodyOf(await ask('POST', '/g/models/x:generateContent', {}, '{}')))
    expect(gemini.error).toMatchObject({ code: 451, details: [{ reason: 'ROUTE_DENIED' }] })
    expect(stand.heads).toHaveLength(0)
  })

  test('redirect and mock', async () => {
    install(
      { match: { path: '/old' }, action: { type: 'redirect', status: 308, location: 'https://new.example/x' } },
      {
        match: { path: '/tea' },
        action: {
          type: 'mock',
          status: 418,
          headers: { 'Content-Type': 'text/html', 'X-Mock': 'é'.slice(1) + '1', 'Content-Length': '999', Connection: 'x' },
          body: '<b>tea</b>',
        },
      },
      { match: { path: '/json' }, action: { type: 'mock', status: 200, headers: { 'content-type': 'application/json' }, body: '{}' } },
    )
    const moved = await ask('GET', '/old?a=1')
    expect([statusOf(moved), headerOf(moved, 'location'), bodyOf(moved)]).toEqual([308, 'https://new.example/x', ''])
    const page = await ask('GET', '/tea')
    expect([statusOf(page), headerOf(page, 'x-mock'), headerOf(page, 'content-length'), headerOf(page, 'content-security-policy'), bodyOf(page)]).toEqual([
      418,
      '1',
      '10',
      'sandbox',
      '<b>tea</b>',
    ])
    expect(bodyOf(await ask('HEAD', '/tea'))).toBe('')
    const json = await ask('GET', '/json')
    expect([headerOf(json, 'content-security-policy'), headerOf(json, 'x-content-type-options')]).toEqual([undefined, 'nosniff'])
  })

  test('the limit of a route: 429 with what is left, for everybody together', async () => {
    install({
      match: { path: '/x' },
      name: 'few',
      rateLimit: { requests: 2, windowMs: 60_000 },
      action: { type: 'mock', status: 200, headers: {}, body: 'ok' },
    })
    const first = await ask('GET', '/x')
    expect(headerOf(first, 'ratelimit-policy')).toBe('"route";q=2;w=60')
    await ask('GET', '/x')
    const refused = await ask('GET', '/x')
    expect([statusOf(refused), headerOf(refused, 'x-gateway-error')]).toEqual([429, 'rate_limited'])
    expect(Number(headerOf(refused, 'retry-after'))).toBeGreaterThan(50)
    expect(headerOf(refused, 'ratelimit')).toMatch(/^"route";r=0;t=\d+$/)
    expect(JSON.parse(bodyOf(refused)).detail).toContain("The route 'few'")
  })

  test('405 where only the method is wrong; nothing of ours where no route is', async () => {
    install({ match: { path: '/x', methods: ['GET', 'POST'] } })
    const got = await ask('DELETE', '/x')
    expect([statusOf(got), headerOf(got, 'allow')]).toEqual([405, expect.stringContaining('GET')])
    expect(headerOf(await ask('GET', '/y'), 'x-request-id')).toBeUndefined()
  })
})

describe('who is asked first', () => {
  test('no route takes what belongs to another surface, short management paths only when written out', async () => {
    install(
      { match: { path: '/*rest' }, action: { type: 'mock', status: 299, headers: {}, body: '' }, priority: 1000 },
      { match: { path: '/api/users' }, action: { type: 'mock', status: 298, headers: {}, body: '' } },
    )
    const paths = [
      '/',
      '/api',
      '/api/',
      '/api/admin',
      '/api/admin/login',
      '/api/login',
      '/api/routes',
      '/api/status',
      '/health',
      '/health/live',
      '/healthz',
      '/readyz',
      '/livez',
      '/metrics',
      '/swagger/index.html',
      '/ui/app.js',
      '/setup',
      '/v1/models',
      '/v1beta/x',
      '/ws',
      '/llm',
      '/proxy',
    ]
    for (const path of paths) expect([path, statusOf(await ask('GET', path))]).toEqual([path, 404])
    expect(statusOf(await ask('GET', '/llm/none/v1/models'))).not.toBe(299)
    // The wildcard's priority is higher, but below /api it does not count until a route is written out there.
    expect([298, 299]).toContain(statusOf(await ask('GET', '/api/users')))
    expect(statusOf(await ask('GET', '/elsewhere'))).toBe(299)
  })

  test('shadow counts and changes nothing', async () => {
    install(
      { match: { path: '/x' }, mode: 'shadow', name: 'shy', priority: 5, action: { type: 'deny', status: 403, message: 'no' } },
      { match: { path: '/x' }, action: { type: 'mock', status: 200, headers: {}, body: 'real' } },
    )
    expect(bodyOf(await ask('GET', '/x'))).toBe('real')
    expect([...stand.metrics.routeShadows.entries()]).toEqual([['shy', 1]])
    expect(stand.logged.join('\n')).toContain('route.shadowed')
    expect([...stand.metrics.routeRequests.entries()].map(([, count]) => count)).toEqual([1])
  })

  test('the model of a JSON body is looked at when a route asks for it, and the body still goes on whole', async () => {
    const mock = (body: string): Route['action'] => ({ type: 'mock', status: 200, headers: {}, body })
    const bodies: string[] = []
    stand.script = (socket, _head, body) => {
      bodies.push(body.toString())
      answer(socket, 200, '{"from":"target"}')
    }
    install(
      { match: { path: '/chat', model: 'gpt-*' }, priority: 2, action: forwardTo('/base'), rewrite: { model: 'other' } },
      { match: { path: '/chat', model: 'claude' }, priority: 2, action: mock('claude') },
      { match: { path: '/chat' }, action: mock('any') },
    )
    const json = { 'content-type': 'application/json' }
    expect(bodyOf(await ask('POST', '/chat', json, '{"model":"claude"}'))).toBe('claude')
    expect(bodyOf(await ask('POST', '/chat', json, '{"model":"llama"}'))).toBe('any')
    expect(bodyOf(await ask('POST', '/chat', { 'content-type': 'text/plain' }, '{"model":"claude"}'))).toBe('any')
    expect(bodyOf(await ask('GET', '/chat'))).toBe('any')
    expect(bodyOf(await ask('POST', '/chat', json, '{"a":1,"model":"gpt-4","b":[{"model":"x"}]}'))).toBe('{"from":"target"}')
    expect(JSON.parse(bodies[0] as string)).toEqual({ a: 1, model: 'other', b: [{ model: 'x' }] })
    expect(stand.budget.tryTake(256 * 1024 * 1024)).toBe(true)
  })

  test('Expect: the client is told to go on exactly once, by whoever takes the body', async () => {
    install(
      { match: { path: '/chat', model: 'm' } },
      { match: { path: '/up' } },
      { match: { path: '/pool', model: 'm' }, action: { type: 'upstream', upstream: 'up' } },
    )
    stand.script = (socket) => answer(socket, 200, '{}')
    for (const [path, type] of [
      ['/chat', 'application/json'],
      ['/up', 'text/plain'],
      ['/pool', 'application/json'],
    ] as const) {
      const body = '{"model":"m"}'
      const talk = new RawTalk(
        stand.port,
        request('POST', path, {
          expect: '100-continue',
          'x-proxy-key': CLIENT_KEY,
          connection: 'close',
          'content-type': type,
          'content-length': String(body.length),
        }),
      )
      await talk.until('100 Continue')
      talk.socket.write(body)
      await talk.closed
      expect(talk.received.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 100', 'HTTP/1.1 200'])
    }
  })
})

describe('a route to an upstream', () => {
  const upstreamRoute = (more: Partial<Draft> = {}): Draft => ({
    match: { path: '/my/:what' },
    action: { type: 'upstream', upstream: 'up' },
    requiresClientKey: true,
    rewrite: { path: '/v2/:what' },
    ...more,
  })

  test('has the engine: the client key is asked for, the pool’s key goes out once, another key takes over', async () => {
    install(upstreamRoute())
    expect(statusOf(await ask('GET', '/my/thing'))).toBe(401)
    stand.script = (socket, _head, _body, count) => answer(socket, count === 1 ? 429 : 200, '{}')
    const got = await ask('GET', '/my/thing?x=1', { 'x-proxy-key': CLIENT_KEY })
    expect([statusOf(got), headerOf(got, 'x-akr-attempts'), headerOf(got, 'x-akr-upstream')]).toEqual([200, '2', 'up'])
    expect([sentLine(0), sentLine(1)]).toEqual(['GET /v2/thing?x=1 HTTP/1.1', 'GET /v2/thing?x=1 HTTP/1.1'])
    for (const head of stand.heads) {
      expect(head).not.toContain(CLIENT_KEY)
      expect(head.match(/authorization:/gi)).toHaveLength(1)
    }
    expect(await stand.finished(2)).toMatchObject({ upstream: 'up', route: expect.stringMatching(/^route/), path: '/my/thing', attempts: 2 })
  })

  test('header edits, model, timeout', async () => {
    install(
      upstreamRoute({
        timeoutMs: 200,
        rewrite: {
          path: '/v2/:what',
          model: 'new',
          requestHeaders: [
            { op: 'set', name: 'x-team', value: 'a' },
            { op: 'set', name: 'authorization', value: 'Bearer stolen' },
          ],
          responseHeaders: [{ op: 'set', name: 'x-answer', value: 'yes' }],
        },
      }),
    )
    const bodies: string[] = []
    stand.script = (socket, _head, body) => {
      bodies.push(body.toString())
      answer(socket, 200, '{}')
    }
    const headers = { 'x-proxy-key': CLIENT_KEY, 'content-type': 'application/json' }
    const got = await ask('POST', '/my/x', headers, '{"model":"old"}')
    expect(headerOf(got, 'x-answer')).toBe('yes')
    expect(headerOf(stand.heads[0] as string, 'x-team')).toBe('a')
    expect(stand.heads[0]).not.toContain('stolen')
    expect(bodies).toEqual(['{"model":"new"}'])
    stand.script = () => undefined
    expect(headerOf(await ask('GET', '/my/x', headers), 'x-gateway-error')).toBe('upstream_timeout')
  })

  test('errors are in the words of the upstream’s kind', async () => {
    await stand.close()
    await open({ upstream: { kind: 'llm' } })
    install(upstreamRoute())
    expect(JSON.parse(bodyOf(await ask('GET', '/my/thing')))).toMatchObject({ type: 'error', error: { code: 'missing_client_key' } })
  })
})
