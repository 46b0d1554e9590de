// HTTP-09: authorisation belongs to the handler, so no spelling of a path gets around it. And what is said at wrong paths and methods.
import { Agent, request } from 'node:http'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Route } from '../../src/http/registry.ts'
import { requestText, sendRaw } from '../support/raw-client.ts'
import { openManagement } from './fixture.ts'
import type { Management } from './fixture.ts'

let api: Management
const agent = new Agent({ keepAlive: true, maxSockets: 4 })

beforeAll(async () => {
  api = await openManagement()
})
afterAll(async () => {
  agent.destroy()
  await api.close()
})

/** One change of a path; `segment` chooses where. */
type Mutation = (segments: readonly string[], segment: number) => string

const join = (segments: readonly string[]): string => `/${segments.join('/')}`
const replaceAt = (segments: readonly string[], index: number, text: string): string[] => segments.map((each, i) => (i === index ? text : each))
const inserted =
  (text: string): Mutation =>
  (segments, index) =>
    join([...segments.slice(0, index), text, ...segments.slice(index)])
const suffixed =
  (text: string): Mutation =>
  (segments, index) =>
    join(replaceAt(segments, index, `${segments[index]}${text}`))
const prefixed =
  (text: string): Mutation =>
  (segments, index) =>
    join(replaceAt(segments, index, `${text}${segments[index]}`))
const glued =
  (text: string): Mutation =>
  (segments, index) =>
    index === 0 ? `${text}${segments.join('/')}` : `/${segments.slice(0, index).join('/')}${text}${segments.slice(index).join('/')}`

const MUTATIONS: readonly Mutation[] = [
  ...['', '.', '..', 'x/..', '%2e', '%2e%2e', ';', '..;', '%00', '%20', '*', 'admin', 'api/admin'].map(inserted),
  ...[';', ';x', ';x=y', '.', '..', '%2e', '%20', '%09', '%00', '%0a', '%0d%0a', '.json', '.html', '%3b', '%23', '%3f', '~', '%c0%af', '%ff', '%u002f'].map(
    suffixed,
  ),
  ...['%20', '.', '%2e', ';', '%00', '%ef%bb%bf'].map(prefixed),
  ...['%2f', '%2F', '%5c', '\\', '//', '/./', '///', '%252f', '%ef%bc%8f', '/%2e/', '/;/', '/%2f/'].map(glued),
  (segments, index) => join(replaceAt(segments, index, (segments[index] as string).toUpperCase())),
  (segments, index) =>
    join(
      replaceAt(
        segments,
        index,
        (segments[index] as string).replace(/^./, (first) => first.toUpperCase()),
      ),
    ),
  (segments, index) =>
    join(
      replaceAt(
        segments,
        index,
        (segments[index] as string).replace(/^./, (first) => `%${first.charCodeAt(0).toString(16)}`),
      ),
    ),
  (segments, index) =>
    join(
      replaceAt(
        segments,
        index,
        (segments[index] as string).replace(/.$/, (last) => `%25${last.charCodeAt(0).toString(16)}`),
      ),
    ),
  (segments) => `${join(segments)}/`,
  (segments) => `${join(segments)}//`,
  (segments) => `${join(segments)}?`,
  (segments) => `${join(segments)}#`,
  (segments) => `${join(segments)}?_method=GET&x=//`,
  (segments) => `http://127.0.0.1${join(segments)}`,
  (segments) => `http://user@localhost:8000${join(segments)}`,
  (segments) => `https://evil.test${join(segments)}`,
]

const OVERRIDES = [
  'x-http-method-override',
  'x-http-method',
  'x-method-override',
  'x-original-url',
  'x-rewrite-url',
  'x-middleware-subrequest',
  'x-forwarded-prefix',
]

const MUTATIONS_PER_PATH = 200

function mutationsOf(path: string): string[] {
  const segments = path.slice(1).split('/')
  const found = new Set<string>()
  for (let index = 0; index < segments.length; index++) for (const mutate of MUTATIONS) found.add(mutate(segments, index))
  // Pairs, until there are enough for short paths too.
  for (const mutate of MUTATIONS) {
    for (const again of MUTATIONS.slice(0, 40)) {
      if (found.size >= MUTATIONS_PER_PATH) break
      const once = mutate(segments, segments.length - 1)
      if (once.startsWith('/')) found.add(again(once.slice(1).split('/'), 0))
    }
  }
  return [...found].slice(0, Math.max(MUTATIONS_PER_PATH, found.size))
}

function statusOf(method: string, path: string, headers: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request({ port: api.port, host: '127.0.0.1', method, path, agent, headers }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode as number))
    })
    sent.once('error', reject).end()
  })
}

const isPublic = (each: Route): boolean => each.permission === 'public'

test('HTTP-09: at least 200 spellings of every protected path answer a stranger with 401, 404 or 400 only', async () => {
  const wrong: string[] = []
  let sent = 0
  for (const each of api.routes.filter((candidate) => !isPublic(candidate))) {
    const path = `/api/admin${each.path.replace(':id', 'ups_0123456789abcdefghjkmnpqrs')}`
    const mutations = mutationsOf(path)
    expect(mutations.length).toBeGreaterThanOrEqual(MUTATIONS_PER_PATH)
    const method = each.method.toUpperCase()
    for (const mutated of mutations) {
      const status = await statusOf(method, mutated)
      sent++
      if (![400, 401, 404].includes(status)) wrong.push(`${method} ${mutated}: ${status}`)
    }
  }
  expect(wrong).toEqual([])
  expect(sent).toBeGreaterThan(200 * 20)
})

test('HTTP-09: headers that other frameworks obey change neither method nor path', async () => {
  const wrong: string[] = []
  for (const each of api.routes.filter((candidate) => !isPublic(candidate))) {
    const path = `/api/admin${each.path.replace(':id', 'x')}`
    for (const header of OVERRIDES) {
      for (const value of [each.method.toUpperCase(), '/api/admin/setup', 'src/middleware']) {
        const status = await statusOf(each.method.toUpperCase(), path, { [header]: value })
        if (status !== 401) wrong.push(`${header}: ${value} at ${path}: ${status}`)
        const opened = await statusOf('GET', '/api/admin/setup', { [header]: each.method.toUpperCase() })
        if (opened !== 200) wrong.push(`GET /setup with ${header}: ${opened}`)
      }
    }
  }
  expect(wrong).toEqual([])
})

test.each([
  ['a space in the path', 'GET /api/admin/upstreams /x HTTP/1.1'],
  ['a space at the end', 'GET /api/admin/upstreams  HTTP/1.1'],
  ['a tab', 'GET /api/admin/upstreams\t HTTP/1.1'],
  ['a bare path', 'GET api/admin/upstreams HTTP/1.1'],
  ['NUL', 'GET /api/admin/upstreams\0 HTTP/1.1'],
  ['a high byte', 'GET /api/admin/upstreams\xff HTTP/1.1'],
])('HTTP-09: %s is refused', async (_name, line) => {
  const result = await sendRaw(api.port, Buffer.from(`${line}\r\nHost: x\r\nConnection: close\r\n\r\n`, 'latin1'), { responses: 0 })
  expect([400, 401, 404]).toContain(result.responses[0]?.status)
})

test('a wrong method is told which ones are right', async () => {
  const token = await api.tokenOf('admin')
  const answer = await api.call('DELETE', '/upstreams', { token })
  expect(answer).toMatchObject({ status: 405, json: { code: 'method_not_allowed' } })
  expect(answer.headers.get('allow')).toBe('GET, HEAD, POST')
  expect((await api.call('DELETE', '/upstreams')).status).toBe(401)
  expect(await api.call('DELETE', '/login')).toMatchObject({ status: 405, json: { code: 'method_not_allowed' } })
  const head = await sendRaw(api.port, requestText('HEAD', '/api/admin/setup', { Connection: 'close' }), { methods: ['HEAD'], responses: 0 })
  expect(head.responses[0]).toMatchObject({ status: 200 })
})

test.each([
  ['/upstream', '/api/admin/upstreams'],
  ['/Upstreams', '/api/admin/upstreams'],
  ['/upstreams/x/key', '/api/admin/upstreams/:id/keys'],
  ['/clientkeys', '/api/admin/client-keys'],
])('an unknown path %s names the nearest one', async (path, nearest) => {
  const answer = await api.call('GET', path)
  expect(answer).toMatchObject({ status: 404, json: { code: 'route_not_found' } })
  expect(answer.json.detail).toContain(`Did you mean ${nearest} ?`)
})
