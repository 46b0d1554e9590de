import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { afterAll, describe, expect, test } from '@jest/globals'
import { runCommand } from '../../src/cli/run-command.ts'
import { memory } from '../../src/infrastructure/cache/memory/driver.ts'
import { sqlite } from '../../src/infrastructure/database/sqlite/driver.ts'
import type { Build } from '../../src/build.ts'
import { createTemporaryFolder, findFreePort } from '../support/free-port.ts'

const main = fileURLToPath(new URL('../../builds/lightweight/main.ts', import.meta.url))
const folder = createTemporaryFolder('akr-cli')
const root = folder.path
const running: ChildProcess[] = []
afterAll(() => {
  for (const child of running) child.kill('SIGKILL')
  folder.remove()
})

const build: Build = {
  catalog: { build: 'lightweight', databases: [sqlite], caches: [memory] },
  version: '1.2.3',
  defaults: {},
  defaultDataDir: 'data',
  assetsDir: root,
}

interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** The command in this process, with a terminal and an environment of its own. */
async function akr(args: readonly string[], env: Record<string, string> = {}, input = ''): Promise<Ended> {
  let out = ''
  let err = ''
  const code = await runCommand(build, args, {
    print: (line) => void (out += `${line}\n`),
    remark: (line) => void (err += `${line}\n`),
    readInput: () => Promise.resolve(input),
    readFile: (path) => readFileSync(path, 'utf8'),
    isTerminal: false,
    environment: { DATA_DIR: join(root, 'data'), ...env },
  })
  return { code, out, err }
}

function start(args: readonly string[], env: Record<string, string>): ChildProcess & { stdout: NodeJS.ReadableStream; stderr: NodeJS.ReadableStream } {
  const child = spawn(process.execPath, [main, ...args], { cwd: root, env: { PATH: process.env['PATH'], ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  running.push(child)
  return child
}

async function runChild(args: readonly string[], env: Record<string, string>): Promise<Ended & { readonly tookMs: number }> {
  const startedMs = performance.now()
  const child = start(args, env)
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close') as Promise<[number]>])
  return { code, out, err, tookMs: performance.now() - startedMs }
}

describe('SEC-04 weak start, as a process: exit 78 within 2 s, no listener, the value is not printed, nothing is stored', () => {
  const same = 'b0Xk2vT9qLw7RzYc4NfHs8JmPdQe6GuAtViC3rS5oE1'
  const cases: [string, Record<string, string>, string][] = [
    ['JWT_SECRET', { JWT_SECRET: 'your-secret-key' }, 'your-secret-key'],
    ['ADMIN_PASSWORD', { ADMIN_PASSWORD: 'admin123' }, 'admin123'],
    ['GLOBAL_PROXY_KEYS', { GLOBAL_PROXY_KEYS: 'good-8h2kk29dk,123456' }, '123456'],
    ['ENCRYPTION_KEY', { ENCRYPTION_KEY: 'changeme' }, 'changeme'],
    ['CLIENT_KEY_PEPPER', { CLIENT_KEY_PEPPER: 'k'.repeat(64) }, 'k'.repeat(64)],
    ['METRICS_TOKEN', { METRICS_TOKEN: 'zq8' }, 'zq8'],
    ['JWT_SECRET and ENCRYPTION_KEY', { JWT_SECRET: same, ENCRYPTION_KEY: same }, same],
  ]
  const taken = createServer()
  afterAll(() => void taken.close())

  test.each(cases)('%s', async (name, env, value) => {
    // The port is taken: whoever tried to listen on it would end with 69.
    if (!taken.listening) await once(taken.listen(0, '127.0.0.1'), 'listening')
    const dataDir = join(root, `weak-${cases.findIndex(([each]) => each === name)}`)
    const { tookMs: versionMs } = await runChild(['--version'], {})
    const ended = await runChild([], { ...env, BACKEND_PORT: String((taken.address() as AddressInfo).port), HOST: '127.0.0.1', DATA_DIR: dataDir })
    expect(ended.code).toBe(78)
    // On a machine that is busy with other tests even the version takes long.
    expect(ended.tookMs).toBeLessThan(Math.max(2_000, 2 * versionMs))
    expect(ended.err).toContain(name)
    expect(ended.err + ended.out).not.toContain(value)
    expect(existsSync(dataDir)).toBe(false)
  })
})

describe('commands', () => {
  const keys = ['sk-proj-Zx81kQ04LmNtR77pVw3yBc92aaaa', 'sk-proj-Zx81kQ04LmNtR77pVw3yBc92bbbb']

  test('an account comes, takes a client key and goes; the record says that the command line did it', async () => {
    const added = await akr(['account', 'add', 'north', '--rpm', '60'])
    const id = added.out.trim()
    expect([added.code, id]).toEqual([0, expect.stringMatching(/^acc_/)])
    expect((await akr(['account', 'add', 'north'])).err).toContain('belongs to another account')
    expect((await akr(['client', 'add', 'of-north', '--account', id])).code).toBe(0)
    const [account] = JSON.parse((await akr(['--json', 'account', 'list'])).out) as unknown[]
    expect(account).toMatchObject({ id, name: 'north', enabled: true, limits: { rpm: 60 }, bindings: null })
    const refused = await akr(['account', 'rm', id])
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('1 client keys')])
    expect((await akr(['account', 'rm', id, '--cascade'])).code).toBe(0)
    expect((await akr(['account', 'list'])).out).not.toContain('north')
    const record = new Database(join(root, 'data', 'core.db'), { readonly: true })
    const actors = record.prepare(`select distinct actor from audit where entity = 'account'`).pluck().all()
    record.close()
    expect(actors).toEqual(['command line'])
  })

  test('an upstream, its keys and a client key come and go on the database alone; values are never printed again', async () => {
    const added = await akr(['upstream', 'add', 'work', '--adapter', 'openai', '--keys', '-'], {}, `${keys[0]}\n`)
    expect([added.code, added.out]).toEqual([0, 'Created work; clients reach it at /llm/work. 1 keys added, 0 not understood.\n'])
    const dry = await akr(['key', 'add', 'work', '--dry-run'], {}, keys.join('\n'))
    expect([dry.code, dry.out]).toEqual([0, '1 would be added, 1 already there, 0 not understood.\n'])
    const file = join(root, 'keys.txt')
    writeFileSync(file, keys.join(','))
    expect((await akr(['key', 'add', 'work', file])).out).toBe('1 added, 1 already there, 0 not understood.\n')
    const listed = await akr(['key', 'list', 'work', '--json'])
    const rows = JSON.parse(listed.out) as { id: string; state: string; masked: string }[]
    expect(rows.map(({ state }) => state)).toEqual(['ready', 'ready'])
    const table = await akr(['key', 'list', 'work'])
    for (const key of keys) expect(listed.out + table.out).not.toContain(key)
    expect((await akr(['key', 'rm', (rows[0] as { id: string }).id])).out).toBe('Removed the key.\n')

    expect((await akr(['key', 'add', 'work', '--tag', 'team-a,b', '-'], {}, keys.join('\n'))).out).toMatch(/^1 added/)
    const tagged = JSON.parse((await akr(['key', 'list', 'work', '--tag', 'team-a', '--json'])).out) as { tags: string[] }[]
    expect(tagged.map(({ tags }) => tags)).toEqual([['b', 'team-a']])
    expect((await akr(['key', 'add', 'work', '--tag', 'Team', '-'], {}, keys.join('\n'))).err).toMatch(/has a tag that is not made of/)
    expect((await akr(['account', 'add', 'bound', '--upstream', 'work:team-a'])).code).toBe(0)
    expect((await akr(['account', 'list'])).out).toContain('work:team-a')
    const [bound] = JSON.parse((await akr(['account', 'list', '--json'])).out) as unknown[]
    expect(bound).toMatchObject({ bindings: [{ upstream: 'work', key_tag: 'team-a' }] })
    expect((await akr(['account', 'add', 'bad', '--upstream', 'work:Team'])).err).toContain('key tag')

    const issued = await akr(['client', 'add', 'anna', '--upstream', 'work'])
    expect(issued.out).toMatch(/^sk-akr-[A-Za-z0-9]{38}\n$/)
    const clients = await akr(['--json', 'client', 'list'])
    const [client] = JSON.parse(clients.out) as { id: string; name: string; upstreams: string[] }[]
    expect(client).toMatchObject({ name: 'anna', upstreams: ['work'] })
    expect(clients.out).not.toContain(issued.out.trim())
    expect((await akr(['client', 'rm', client?.id ?? ''])).code).toBe(0)
    expect((await akr(['client', 'list'])).out).toMatch(/revoked/)
    expect((await akr(['upstream', 'rm', 'work'])).code).toBe(0)
    expect((await akr(['upstream', 'list', '--json'])).out.trim()).toBe('[]')
  })

  test('an upstream that is added with keys names the lines it refuses, as adding keys later does', async () => {
    const pasted = `${keys[0]}\nnot a key at all !!\n`
    const added = await akr(['upstream', 'add', 'lines', '--adapter', 'openai', '--keys', '-'], {}, pasted)
    const later = await akr(['key', 'add', 'lines', '-'], {}, pasted)
    expect(later.err).toMatch(/^line 2: \S/m)
    expect([added.code, added.err]).toEqual([0, later.err])
    expect((await akr(['upstream', 'rm', 'lines'])).code).toBe(0)
  })

  test('exit codes: usage 2, failure 1, configuration 78, all with a sentence on stderr and no stack', async () => {
    const cases: [readonly string[], Record<string, string>, number, RegExp][] = [
      [['nonsense'], {}, 2, /unknown command 'nonsense'/],
      [['key', 'list'], {}, 2, /missing required argument/],
      [['key', 'list', 'x', '--state', 'dead'], {}, 2, /Allowed choices/],
      [['key', 'list', 'nowhere'], {}, 1, /There is no upstream "nowhere"/],
      [['key', 'add', 'nowhere', '/no/such/file'], {}, 1, /no upstream/],
      [['client', 'add', 'x', '--expires', 'soon'], {}, 1, /--expires needs a time/],
      [['upstream', 'list'], { BACKEND_PORT: 'abc' }, 78, /BACKEND_PORT is "abc"/],
      [['upstream', 'list'], { DB_TYPE: 'mysql' }, 78, /mysql/],
    ]
    for (const [args, env, code, pattern] of cases) {
      const ended = await akr(args, env)
      expect([args, ended.code]).toEqual([args, code])
      expect(ended.err).toMatch(pattern)
      expect(ended.err).not.toMatch(/\n\s+at /)
    }
    for (const args of [['--help'], ['key', '--help'], ['--version']]) expect((await akr(args)).code).toBe(0)
  })

  test('doctor on a machine where nothing was started yet changes nothing and says what is missing', async () => {
    const dataDir = join(root, 'untouched')
    const port = await findFreePort()
    const ended = await akr(['doctor'], { DATA_DIR: dataDir, BACKEND_PORT: String(port) })
    expect(ended.code).toBe(0)
    expect(ended.out).toMatch(/✓ node .*\n✓ configuration .*\n! data directory .* does not exist yet/)
    expect(ended.out).toMatch(/! server .*does not answer \(ECONNREFUSED\); start it with akr serve/)
    expect(existsSync(dataDir)).toBe(false)
    const wrong = await akr(['doctor', '--json'], { DATA_DIR: dataDir, LOG_LEVEL: 'loud' })
    expect(wrong.code).toBe(78)
    expect(JSON.parse(wrong.out)).toContainEqual({ name: 'configuration', status: 'fail', detail: expect.stringMatching(/LOG_LEVEL is "loud"/) as unknown })
  })
})

test('beside a running server: health, doctor with its streaming check, a set-up link that works, changes in force within a second', async () => {
  const port = await findFreePort()
  const env = { DATA_DIR: join(root, 'served'), BACKEND_PORT: String(port), HOST: '127.0.0.1', LOG_FORMAT: 'json', SHUTDOWN_ANNOUNCE: '0' }
  const base = `http://127.0.0.1:${port}`
  expect((await akr(['health'], env)).code).toBe(1)
  const server = start(['serve'], env)
  const lines = createInterface(server.stdout)
  await new Promise<void>((resolve) => lines.on('line', (line) => line.includes('Try it') && resolve()))

  const health = await akr(['health'], env)
  expect([health.code, health.out]).toEqual([0, `${base} is ready\n`])
  const doctor = await akr(['doctor'], env)
  expect(doctor.out).toMatch(/✓ server .*\n✓ streaming .*pieces over/)
  expect(doctor.out).not.toMatch(/✗/)

  const link = (await akr(['setup-link'], env)).out.trim()
  expect(link).toMatch(new RegExp(`^http://127\\.0\\.0\\.1:${port}/setup#t=[\\w-]{43}$`))
  const setup = await fetch(`${base}/api/admin/setup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: link.split('=')[1], username: 'anna', password: 'violet-Tram-4711' }),
  })
  expect(setup.status).toBe(201)

  const key = (await akr(['client', 'add', 'laptop'], env)).out.trim()
  const deadline = performance.now() + 1_500
  let status = 401
  while (status === 401 && performance.now() < deadline) status = (await fetch(`${base}/proxy/demo-rest/x`, { headers: { 'x-proxy-key': key } })).status
  expect(status).not.toBe(401)

  server.kill('SIGTERM')
  const [code] = (await once(server, 'close')) as [number]
  expect(code).toBe(0)
  expect(JSON.parse(readFileSync(join(env.DATA_DIR, 'secrets.json'), 'utf8'))).toHaveProperty('ENCRYPTION_KEY')
})
