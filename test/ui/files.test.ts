// What is served for the web UI: small, compressed, cached by name, under a strict policy; and a session that only our own page can use.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Bundle } from '../builds/bundle.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { sendRaw } from '../support/raw-client.ts'

const KIB = 1024
/** gzip */
const FIRST_SCRIPTS_MAX = 170 * KIB
const STYLES_MAX = 12 * KIB
const LAZY_MAX = 60 * KIB
const ALL_MAX = 350 * KIB

let bundle: Bundle
let gateway: Gateway
let dir: string
beforeAll(async () => {
  bundle = new Bundle('lightweight')
  dir = join(bundle.path, 'ui')
  gateway = await startGateway({ main: join(bundle.path, 'main.js') })
}, 60_000)
afterAll(async () => {
  await gateway.close()
  bundle.folder.remove()
})

const sizeOf = (name: string): number => statSync(join(dir, `${name}.gz`), { throwIfNoEntry: false })?.size ?? statSync(join(dir, name)).size
const namesOf = (pattern: RegExp): string[] =>
  readdirSync(join(dir, 'assets'))
    .filter((name) => pattern.test(name))
    .map((name) => `assets/${name}`)
const sum = (names: readonly string[]): number => names.reduce((total, name) => total + sizeOf(name), 0)

test('it is small', () => {
  const index = readFileSync(join(dir, 'index.html'), 'utf8')
  const first = [...index.matchAll(/(?:src|href)="\/ui\/(assets\/[^"]+\.js)"/g)].map(([, name]) => name as string)
  expect(first.length).toBeGreaterThan(0)
  expect(sum(first)).toBeLessThanOrEqual(FIRST_SCRIPTS_MAX)
  expect(sum(namesOf(/\.css$/))).toBeLessThanOrEqual(STYLES_MAX)
  for (const name of namesOf(/\.js$/).filter((each) => !first.includes(each))) expect({ name, fits: sizeOf(name) <= LAZY_MAX }).toEqual({ name, fits: true })
  expect(sum(namesOf(/\.(?:js|css)$/))).toBeLessThanOrEqual(ALL_MAX)
})

test('files come compressed, with their type, a strict policy and the right patience of caches', async () => {
  for (const name of ['index.html', ...namesOf(/\.(?:js|css)$/)]) {
    const answer = await fetch(`${gateway.url}/ui/${name}`, { headers: { 'accept-encoding': 'br' } })
    expect({ name, status: answer.status }).toEqual({ name, status: 200 })
    const policy = answer.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'self'")
    expect(policy).not.toMatch(/unsafe|data:|\*/)
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    expect(answer.headers.get('content-type')).toMatch(name.endsWith('.css') ? 'text/css' : name.endsWith('.js') ? 'text/javascript' : 'text/html')
    expect(answer.headers.get('cache-control')).toBe(name.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache')
    if (statSync(join(dir, name)).size >= KIB) expect({ name, encoding: answer.headers.get('content-encoding') }).toEqual({ name, encoding: 'br' })
    expect(await answer.text()).toBe(readFileSync(join(dir, name), 'utf8'))
    const etag = answer.headers.get('etag') ?? ''
    expect((await fetch(`${gateway.url}/ui/${name}`, { headers: { 'accept-encoding': 'br', 'if-none-match': etag } })).status).toBe(304)
  }
})

test('paths of pages lead to the page, what is no page is not found, and nothing outside is reachable', async () => {
  const html = { accept: 'text/html' }
  for (const path of ['/ui/', '/ui/overview', '/ui/upstreams/ups_1/keys'])
    expect(await (await fetch(gateway.url + path, { headers: html })).text()).toContain('<title>API Key Rotator</title>')
  for (const path of ['/ui/assets/none.js', '/ui/none.js', '/ui/main.js', '/ui/..%2fmain.js', '/ui/%2e%2e/main.js'])
    expect({ path, status: (await fetch(gateway.url + path)).status }).toEqual({ path, status: 404 })
  const { responses } = await sendRaw(gateway.port, 'GET /ui/../main.js HTTP/1.1\r\nhost: x\r\n\r\n', {})
  expect(responses[0]?.status).not.toBe(200)
})

test('/ and the set-up link lead browsers to the page, programs to a welcome', async () => {
  for (const [path, to] of [
    ['/', '/ui/'],
    ['/setup', '/ui/setup'],
  ] as const) {
    const answer = await fetch(gateway.url + path, { headers: { accept: 'text/html,*/*;q=0.8' }, redirect: 'manual' })
    expect([answer.status, answer.headers.get('location')]).toEqual([302, to])
  }
  expect(await (await fetch(gateway.url, { headers: { accept: 'application/json' } })).json()).toMatchObject({
    name: 'API Key Rotator',
    docs: '/swagger/index.html',
  })
})

test('the session of a browser is a cookie that scripts cannot read and other sites cannot use', async () => {
  const url = `${gateway.url}/api/admin`
  const body = JSON.stringify({ username: 'admin', password: gateway.adminPassword, session: 'cookie' })
  const signedIn = await fetch(`${url}/login`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  expect(await signedIn.json()).toEqual({ expires_in: expect.any(Number), user: expect.objectContaining({ username: 'admin' }) })
  const [set = ''] = signedIn.headers.getSetCookie()
  expect(set).toMatch(/^akr_session=eyJ[^;]+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+$/)
  const cookie = set.split(';')[0] as string
  const status = async (method: string, headers: Record<string, string>): Promise<number> =>
    (await fetch(`${url}${method === 'GET' ? '/auth/me' : '/auth/refresh'}`, { method, headers: { cookie, ...headers } })).status
  expect(await status('GET', {})).toBe(200)
  expect(await status('POST', { 'x-akr-csrf': '1' })).toBe(200)
  // What a form, a link or a script of another site can make a browser send.
  expect(await status('POST', {})).toBe(403)
  expect(await status('POST', { 'content-type': 'text/plain' })).toBe(403)
  expect(await status('POST', { 'x-akr-csrf': '1', 'sec-fetch-site': 'cross-site' })).toBe(403)
  expect(await status('POST', { 'x-akr-csrf': '1', origin: 'https://evil.example' })).toBe(403)
  const out = await fetch(`${url}/auth/logout`, { method: 'POST', headers: { cookie, 'x-akr-csrf': '1' } })
  expect(out.headers.getSetCookie().every((text) => /^(?:__Host-)?akr_session=;.*Max-Age=0/.test(text))).toBe(true)
  expect(await status('GET', {})).toBe(401)
})
