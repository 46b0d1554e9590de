// Live events of a running gateway: both protocols, who may hear what, what ends a listener, and that nothing secret is ever told.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { CanaryScanner, createCanary } from '../support/canaries.ts'
import { openChaosUpstream, type ChaosUpstream } from '../support/chaos-upstream.ts'
import { EventSourceListener, heard, type LiveMessage, ofType, WebSocketListener } from '../support/event-listener.ts'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { AdminClient } from '../support/admin-client.ts'
import { until } from '../support/until.ts'

const PASSWORD = 'Tr4verse-granite-otter'
const scanner = new CanaryScanner()

let chaos: ChaosUpstream
let gateway: Gateway
let pool: string
beforeAll(async () => {
  chaos = await openChaosUpstream()
  const upstreams = ['one', 'two'].map((slug) => ({ slug, base_url: chaos.url, keys: [scanner.create('sk-'), scanner.create('sk-')] }))
  gateway = await startGateway({ upstreams, env: { GLOBAL_PROXY_KEYS: scanner.create('ck-') } })
  pool = gateway.idOf('one')
})
afterAll(async () => {
  await gateway?.close()
  await chaos?.close()
})

const ok = async (method: string, path: string, body?: unknown): Promise<any> => gateway.admin.expectOk(method, path, body)
const wsUrl = (path = '/ws'): string => `ws://127.0.0.1:${gateway.port}${path}`
const listen = (token: string | undefined = gateway.admin.token, path?: string): WebSocketListener => new WebSocketListener(wsUrl(path), token)
const stream = (query = '', token: string | undefined = gateway.admin.token, headers = {}): EventSourceListener =>
  new EventSourceListener(gateway.port, token, query, headers)

async function personOf(role: string, accountId?: string): Promise<{ token: string; name: string; id: string }> {
  const name = createCanary('u-').toLowerCase()
  const { id } = await ok('POST', '/users', { username: name, password: PASSWORD, role, ...(accountId === undefined ? {} : { account_id: accountId }) })
  return { token: await signIn(name), name, id }
}

async function signIn(name: string): Promise<string> {
  const client = new AdminClient(gateway.adminUrl)
  await client.signIn(name, PASSWORD)
  return client.token
}

describe('what is told', () => {
  test('requests, changes and keys, the same by WebSocket and by Server-Sent Events', async () => {
    const socket = listen()
    const events = stream()
    expect(await socket.answered()).toBe(101)
    await heard(socket, ({ type }) => type === 'hello')
    expect((await socket.subscribe()).gap).toBe(false)
    await heard(events, ({ type }) => type === 'hello')
    const { responses } = await gateway.send('GET', '/proxy/one/ok?secret=in-the-query', { 'user-agent': 'probe/1', 'x-request-id': 'live-test-1' })
    expect(responses[0]?.status).toBe(200)
    await ok('PATCH', `/upstreams/${pool}`, { name: 'renamed' })
    const [key] = await gateway.admin.listKeys(pool)
    await ok('PATCH', `/keys/${key?.id}`, { enabled: false })
    await ok('PATCH', `/keys/${key?.id}`, { enabled: true })
    for (const listener of [socket, events]) {
      const request = await heard(listener, ({ type }) => type === 'request.finished')
      expect(request).toMatchObject({ topic: 'requests', replica: expect.stringMatching(/^rep_/), at: expect.stringMatching(/Z$/) })
      expect(request.data).toMatchObject({
        ...{ request_id: 'live-test-1', upstream: 'one', method: 'GET', path: '/ok', status: 200, outcome: 'ok', attempts: 1, account_id: '' },
        ...{ user_agent: 'probe/1', client_address: '127.0.0.1', key_id: expect.stringMatching(/^key_/), duration_ms: expect.any(Number) },
      })
      const change = await heard(listener, ({ type }) => type === 'config.changed')
      expect(change.data).toMatchObject({ action: 'upstream.change', entity_id: pool, fields: ['name'] })
      await heard(listener, ({ type, data }) => type === 'key.changed' && data.to === 'ready')
      expect(ofType(listener, 'key.changed').map(({ data }) => [data.key_id, data.from, data.to, data.by])).toEqual([
        [key?.id, 'ready', 'disabled', 'person'],
        [key?.id, 'disabled', 'ready', 'person'],
      ])
      expect(ofType(listener, 'config.in_force').length).toBeGreaterThan(0)
    }
    expect(events.head).toMatch(/content-type: text\/event-stream/i)
    expect(events.head).toMatch(/x-accel-buffering: no/i)
    socket.close()
    events.close()
  })

  test('what becomes of a job, from its beginning to its end', async () => {
    const socket = listen()
    await socket.subscribe({ topics: ['jobs'] })
    const { id } = await ok('POST', '/jobs', { kind: 'account_provisioning', payload: { count: 2 } })
    const isOver = ({ data }: LiveMessage): boolean => data?.job_id === id && data.status === 'succeeded'
    expect((await heard(socket, isOver)).data).toMatchObject({ kind: 'account_provisioning', account_id: '', progress: { done: expect.any(Number) } })
    socket.close()
  })

  test('topics and filters choose; a subscription takes the place of the one before', async () => {
    const socket = listen()
    await socket.subscribe({ topics: ['requests'], filter: { upstream: 'two' } })
    await gateway.send('GET', '/proxy/one/ok', { 'x-request-id': 'filtered-one' })
    await gateway.send('GET', '/proxy/two/ok', { 'x-request-id': 'filtered-two' })
    await heard(socket, ({ data }) => data?.request_id === 'filtered-two')
    expect(ofType(socket, 'request.finished').map(({ data }) => data.upstream)).toEqual(['two'])
    await socket.subscribe({ topics: ['config'] })
    await gateway.send('GET', '/proxy/two/ok')
    await ok('PATCH', `/upstreams/${pool}`, { name: createCanary('n') })
    await heard(socket, ({ type }) => type === 'config.changed')
    expect(ofType(socket, 'request.finished')).toHaveLength(1)
    socket.say({ type: 'unsubscribe' })
    await heard(socket, ({ type }) => type === 'unsubscribed')
    socket.say({ type: 'ping' })
    await heard(socket, ({ type }) => type === 'pong')
    socket.close()
  })

  test('under load 20 requests in a second are shown, and the others counted: no request is told twice or forgotten', async () => {
    const socket = listen()
    await socket.subscribe({ topics: ['requests'], filter: { upstream: 'two' } })
    await Promise.all(Array.from({ length: 200 }, () => gateway.send('GET', '/proxy/two/ok')))
    const told = (): number => ofType(socket, 'request.finished').length + ofType(socket, 'events.skipped').reduce((sum, { data }) => sum + data.count, 0)
    await until(() => told() === 200)
    expect(new Set(ofType(socket, 'request.finished').map(({ data }) => data.request_id)).size).toBe(ofType(socket, 'request.finished').length)
    expect(ofType(socket, 'events.skipped').length).toBeGreaterThan(0)
    socket.close()
  })

  test('Last-Event-ID: who comes back hears what it missed; who comes from elsewhere is told of the gap', async () => {
    const query = '?topics=requests&upstream=two'
    const before = (await ok('GET', '/websocket/stats')).listeners.sse as number
    const first = stream(query)
    await heard(first, ({ type }) => type === 'hello')
    await gateway.send('GET', '/proxy/two/ok', { 'x-request-id': 'before-the-gap' })
    const { id } = await heard(first, ({ data }) => data?.request_id === 'before-the-gap')
    first.close()
    await until(async () => (await ok('GET', '/websocket/stats')).listeners.sse === before)
    await gateway.send('GET', '/proxy/two/ok', { 'x-request-id': 'in-the-gap' })
    const second = stream(query, gateway.admin.token, { 'Last-Event-ID': String(id) })
    await heard(second, ({ data }) => data?.request_id === 'in-the-gap')
    expect(ofType(second, 'hello')[0]?.gap).toBe(false)
    expect(ofType(second, 'request.finished')).toHaveLength(1)
    const stranger = stream(query, gateway.admin.token, { 'Last-Event-ID': 'another-1.7' })
    expect((await heard(stranger, ({ type }) => type === 'hello')).gap).toBe(true)
    for (const listener of [second, stranger]) listener.close()
  })
})

describe('who may listen', () => {
  test('nobody without a sign-in, nobody by URL, no page of another site; everybody from viewer on', async () => {
    const viewer = await personOf('viewer')
    const issued = await ok('POST', '/client-keys', { name: 'client' })
    for (const token of [undefined, 'nonsense', issued.key as string, `${viewer.token}x`]) {
      for (const path of ['/ws', '/api/ws', '/api/admin/ws']) expect(await listen(token ?? '', path).answered()).toBe(401)
      expect(await new EventSourceListener(gateway.port, token).answered()).toBe(401)
    }
    expect(await new WebSocketListener(wsUrl(`/ws?token=${viewer.token}`), viewer.token).answered()).toBe(400)
    expect(await new WebSocketListener(wsUrl(), viewer.token, { headers: { origin: 'https://evil.example' } }).answered()).toBe(403)
    expect(await listen(viewer.token, '/ws/other').answered()).toBe(404)
    const own = new WebSocketListener(wsUrl(), viewer.token, { headers: { origin: `http://127.0.0.1:${gateway.port}` } })
    const browser = new WebSocketListener(wsUrl(), undefined, { protocols: ['akr.live.v1', `bearer.${viewer.token}`] })
    for (const listener of [own, browser]) {
      expect(await listener.answered()).toBe(101)
      expect((await heard(listener, ({ type }) => type === 'hello')).topics).toContain('keys')
      listener.close()
    }
    expect(browser.socket.protocol).toBe('akr.live.v1')
    expect(await new WebSocketListener(wsUrl(), undefined, { protocols: [`bearer.${viewer.token}`] }).answered()).toBe(400)
    expect((await gateway.admin.call('GET', '/ws')).status).toBe(400)
  })

  test('people of an account hear of their own requests and of nothing else', async () => {
    const [north, south] = await Promise.all(['north', 'south'].map((name) => ok('POST', '/accounts', { name: createCanary(name) })))
    const keys = await Promise.all([north, south].map(({ id }) => ok('POST', '/client-keys', { name: 'k', account_id: id })))
    const person = await personOf('admin', north.id)
    const socket = listen(person.token)
    const events = stream('', person.token)
    expect((await heard(socket, ({ type }) => type === 'hello')).topics).toEqual(['requests', 'jobs'])
    for (const refused of [{ topics: ['keys'] }, { topics: ['config', 'requests'] }, { topics: [] }, { topics: ['jobs-of-others'] }])
      expect(await socket.subscribe(refused)).toMatchObject({ type: 'error', code: 'validation_failed' })
    expect(await socket.subscribe({ filter: { account_id: south.id } })).toMatchObject({ type: 'error', code: 'not_found' })
    expect(await new EventSourceListener(gateway.port, person.token, '?topics=keys').answered()).toBe(422)
    expect(await new EventSourceListener(gateway.port, person.token, `?account_id=${south.id}`).answered()).toBe(404)
    await socket.subscribe()
    await heard(events, ({ type }) => type === 'hello')
    for (const [index, { key }] of [...keys.entries(), [2, { key: gateway.clientKey }] as const])
      await gateway.send('GET', '/proxy/one/ok', { 'X-Proxy-Key': key, 'x-request-id': `of-account-${index}` })
    await gateway.send('GET', '/proxy/one/ok', { 'X-Proxy-Key': keys[0].key, 'x-request-id': 'of-account-last' })
    await ok('PATCH', `/upstreams/${pool}`, { name: createCanary('n') })
    for (const listener of [socket, events]) {
      await heard(listener, ({ data }) => data?.request_id === 'of-account-last')
      const told = listener.messages.filter(({ topic }) => topic !== undefined)
      expect(told.map(({ data }) => data.request_id)).toEqual(['of-account-0', 'of-account-last'])
      expect(told.every(({ data }) => data.account_id === north.id && data.key_id === undefined)).toBe(true)
    }
    expect((await gateway.admin.call('GET', '/websocket/stats', undefined, { Authorization: `Bearer ${person.token}` })).status).toBe(404)
    for (const listener of [socket, events]) listener.close()
  })

  test('a session that is ended takes its listeners with it; a newer token keeps a WebSocket open', async () => {
    const person = await personOf('viewer')
    const [socket, events] = [listen(person.token), stream('', person.token)]
    await socket.subscribe()
    await heard(events, ({ type }) => type === 'hello')
    socket.say({ type: 'authenticate', token: await signIn(person.name) })
    await heard(socket, ({ type }) => type === 'authenticated')
    socket.say({ type: 'authenticate', token: gateway.admin.token })
    expect(await heard(socket, ({ type }) => type === 'error')).toMatchObject({ code: 'forbidden' })
    await ok('PATCH', `/users/${person.id}`, { enabled: false })
    await Promise.all([socket.closed(), events.closed()])
    expect([socket.closeCode, socket.closeReason]).toEqual([4003, 'session_revoked'])
    expect(ofType(events, 'closing').map(({ reason }) => reason)).toEqual(['session_revoked'])
  })

  test('messages that make no sense get an answer; too many, or too large ones, end the connection', async () => {
    const socket = listen()
    await heard(socket, ({ type }) => type === 'hello')
    for (const nonsense of ['{', '[]', '{"type":"drop"}', '{"type":"subscribe","topics":"keys"}', '{"type":"subscribe","more":1}']) socket.socket.send(nonsense)
    await until(() => ofType(socket, 'error').length === 5)
    for (let i = 0; i < 20; i++) socket.say({ type: 'ping' })
    await socket.closed()
    expect(socket.closeCode).toBe(1008)
    const large = listen()
    await heard(large, ({ type }) => type === 'hello')
    large.socket.send('x'.repeat(10_000))
    await large.closed()
    expect(large.closeCode).toBe(1009)
  })
})

test('no event holds a secret: keys, client keys, tokens, passwords, queries', async () => {
  const [socket, events] = [listen(), stream()]
  await socket.subscribe()
  await heard(events, ({ type }) => type === 'hello')
  const secret = scanner.create('sk-')
  const issued = await ok('POST', '/client-keys', { name: 'swept' })
  scanner.add(issued.key as string, { edges: false })
  scanner.add(gateway.admin.token, { edges: false })
  scanner.add(PASSWORD, { edges: false })
  const person = await personOf('viewer')
  await ok('POST', `/upstreams/${pool}/keys`, { value: secret, label: 'swept' })
  await gateway.send('GET', `/proxy/one/ok?api_key=${scanner.create('qk-')}`, { 'X-Proxy-Key': issued.key, 'x-request-id': 'swept-query' })
  await gateway.send('GET', `/proxy/one/bot${secret}/path`, { 'X-Proxy-Key': issued.key, 'user-agent': `agent ${secret}`, 'x-request-id': 'swept-path' })
  await gateway.send('GET', '/proxy/one/status/401', { 'x-request-id': 'swept-refused' })
  await ok('POST', `/client-keys/${issued.id}/roll`, { overlap_seconds: 0 })
  await ok('PATCH', `/users/${person.id}`, { password: 'An0ther-granite-otter' })
  await ok('PATCH', `/upstreams/${pool}`, { name: 'the-end' })
  const isEnd = ({ type, data }: LiveMessage): boolean => type === 'config.changed' && data.entity_id === pool && data.fields.includes('name')
  for (const listener of [socket, events]) {
    await heard(listener, isEnd)
    await heard(listener, ({ data }) => data?.request_id === 'swept-path')
    expect(scanner.scan(listener.text, 'events')).toEqual([])
    expect(listener.text).not.toContain(person.name)
  }
  const status = await gateway.admin.call('GET', '/status')
  expect(scanner.scan(status.text, 'status')).toEqual([])
  for (const listener of [socket, events]) listener.close()
})

test('SIGTERM sends everybody away and does not wait for them, one that never reads included', async () => {
  const own = await startGateway({ env: { SHUTDOWN_ANNOUNCE: '0' } })
  try {
    const socket = new WebSocketListener(`ws://127.0.0.1:${own.port}/ws`, own.admin.token)
    const events = new EventSourceListener(own.port, own.admin.token)
    const frozen = new EventSourceListener(own.port, own.admin.token)
    await socket.subscribe()
    await heard(events, ({ type }) => type === 'hello')
    await heard(frozen, ({ type }) => type === 'hello')
    frozen.socket.pause()
    own.child.signal('SIGTERM')
    await Promise.all([socket.closed(), events.closed(), own.child.exit()])
    expect(own.child.exitStatus).toMatchObject({ code: 0 })
    expect([socket.closeCode, ofType(events, 'closing')[0]?.reason]).toEqual([1001, 'shutting_down'])
    frozen.close()
  } finally {
    await own.close()
  }
})
