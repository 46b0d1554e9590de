// The compiled lightweight build, as it is shipped: what is in it, that it runs away from its sources, and what it refuses.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { ChildUnderTest, type ExitStatus } from '../support/process.ts'
import { createTemporaryFolder, findFreePort, type TemporaryFolder } from '../support/free-port.ts'

const ROOT = join(import.meta.dirname, '../..')
const FOREIGN = ['mysql2', 'pg', 'ioredis', 'redis', 'bullmq']

let folder: TemporaryFolder
let bundle: string
beforeAll(() => {
  folder = createTemporaryFolder('akr-bundle')
  bundle = join(folder.path, 'lightweight')
  const { status, stderr } = spawnSync(process.execPath, [join(ROOT, 'scripts/build.ts'), 'lightweight', bundle], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`the build failed:\n${stderr}`)
})
afterAll(() => folder.remove())

interface Metafile {
  readonly inputs: Readonly<Record<string, { readonly imports: readonly { readonly path: string; readonly external?: boolean }[] }>>
}

function readMetafile(): Metafile {
  return JSON.parse(readFileSync(join(bundle, 'meta.json'), 'utf8')) as Metafile
}

/** Ends by itself: for settings that must be refused. */
async function exitOf(env: Readonly<Record<string, string>>): Promise<{ status: ExitStatus; output: string }> {
  const dataDir = join(folder.path, `refused-${Object.keys(env).join('-')}`)
  const child = new ChildUnderTest(process.execPath, [join(bundle, 'main.js')], {
    env: { PATH: process.env.PATH, DATA_DIR: dataDir, ...env },
    cwd: folder.path,
  })
  const status = await child.exit()
  return { status, output: child.output }
}

describe('what is in it', () => {
  test('no MySQL, PostgreSQL or Redis driver', () => {
    const { inputs } = readMetafile()
    const packages = new Set(Object.keys(inputs).map((input) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1]))
    expect(packages).toContain('express')
    expect([...packages].filter((name) => FOREIGN.includes(name ?? ''))).toEqual([])
    expect(Object.keys(inputs).filter((input) => /database\/(mysql|postgres)\/|cache\/redis\//.test(input))).toEqual([])
  })

  test('only native packages and Node itself stay outside, and those are in its own folder', () => {
    const { inputs } = readMetafile()
    const outside = Object.values(inputs).flatMap((input) => input.imports.filter(({ external }) => external === true).map(({ path }) => path))
    const packages = new Set(outside.filter((path) => path !== '<runtime>' && !isBuiltin(path)))
    expect([...packages].sort()).toEqual(['@node-rs/argon2', 'better-sqlite3'])
    for (const name of packages) expect(existsSync(join(bundle, 'node_modules', name, 'package.json'))).toBe(true)
    const { dependencies } = JSON.parse(readFileSync(join(bundle, 'package.json'), 'utf8')) as { dependencies: object }
    expect(Object.keys(dependencies).sort()).toEqual([...packages].sort())
  })

  test('the licences of what it contains', () => {
    const notices = readFileSync(join(bundle, 'THIRD-PARTY-NOTICES.txt'), 'utf8')
    for (const name of ['express', 'undici', 'better-sqlite3', '@node-rs/argon2', 'kysely']) expect(notices).toMatch(new RegExp(`^${name} \\d`, 'm'))
  })
})

describe('what it does', () => {
  test('it runs from a folder of its own: page, API documentation, database thread, demo stream', async () => {
    const port = await findFreePort()
    const env = { PATH: process.env.PATH, HOST: '127.0.0.1', BACKEND_PORT: String(port), DATA_DIR: join(folder.path, 'data'), LOG_FORMAT: 'json' }
    const child = new ChildUnderTest(process.execPath, [join(bundle, 'main.js')], { env, cwd: folder.path })
    try {
      await child.waitForOutput(/Try it/)
      const at = (path: string, init?: RequestInit): Promise<Response> => fetch(`http://127.0.0.1:${port}${path}`, init)
      expect((await at('/health/ready')).status).toBe(200)
      expect(await (await at('/', { headers: { accept: 'text/html' } })).text()).toContain('<!doctype html>')
      expect((await at('/swagger/swagger-ui-bundle.js')).status).toBe(200)
      const answer = await at('/llm/demo/v1/chat/completions', {
        method: 'POST',
        headers: { authorization: 'Bearer demo', 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'demo-1', stream: true, messages: [{ role: 'user', content: 'hi' }] }),
      })
      expect(await answer.text()).toContain('data: [DONE]')
      child.signal('SIGINT')
      expect(await child.exit()).toEqual({ code: 0, signal: null })
    } finally {
      await child.kill()
    }
  })
})

describe('what it refuses', () => {
  test.each([
    ['DB_TYPE=mysql', { DB_TYPE: 'mysql', DB_HOST: '127.0.0.1', DB_USER: 'u', DB_PASSWORD: 'p' }, /mysql/],
    ['DB_TYPE=postgres', { DB_TYPE: 'postgres', DB_HOST: '127.0.0.1', DB_USER: 'u', DB_PASSWORD: 'p' }, /postgres/],
    ['CACHE_TYPE=redis', { CACHE_TYPE: 'redis', REDIS_HOST: '127.0.0.1' }, /redis/],
  ])('%s is not in it: exit 78, the driver and the build by name, no stack', async (_name, env, driver) => {
    const { status, output } = await exitOf(env)
    expect(status).toEqual({ code: 78, signal: null })
    expect(output).toMatch(driver)
    expect(output).toMatch(/lightweight/)
    expect(output).not.toMatch(/\n\s+at /)
  })
})

function isBuiltin(path: string): boolean {
  return process.getBuiltinModule('node:module').isBuiltin(path)
}
