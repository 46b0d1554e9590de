// The compiled lightweight build, as it is shipped: what is in it, that it runs away from its sources, and what it refuses.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { findFreePort } from '../support/free-port.ts'
import { Bundle, streamDemo } from './bundle.ts'

const FOREIGN = ['mysql2', 'pg', 'ioredis', 'redis', 'bullmq']
/** What only those bring along: a driver under another name would show here. */
const FOREIGN_PARTS = ['pg-protocol', 'pg-pool', 'sql-escaper', 'iconv-lite', '@ioredis/commands', 'redis-errors']

let bundle: Bundle
beforeAll(() => {
  bundle = new Bundle('lightweight')
})
afterAll(() => bundle.folder.remove())

describe('what is in it', () => {
  test('no MySQL, PostgreSQL or Redis driver', () => {
    const packages = bundle.packages()
    expect(packages).toContain('express')
    expect([...FOREIGN, ...FOREIGN_PARTS].filter((name) => packages.has(name))).toEqual([])
    expect(bundle.sources().filter((source) => /database\/(mysql|postgres)\/|cache\/redis\//.test(source))).toEqual([])
  })

  test('only native packages and Node itself stay outside, and those are in its own folder', () => {
    const packages = bundle.outside()
    expect(packages).toEqual(['@node-rs/argon2', 'better-sqlite3'])
    for (const name of packages) expect(existsSync(join(bundle.path, 'node_modules', name, 'package.json'))).toBe(true)
    const { dependencies } = JSON.parse(bundle.read('package.json')) as { dependencies: object }
    expect(Object.keys(dependencies).sort()).toEqual(packages)
  })

  test('the licences of what it contains', () => {
    const notices = bundle.read('THIRD-PARTY-NOTICES.txt')
    for (const name of ['express', 'undici', 'better-sqlite3', '@node-rs/argon2', 'kysely']) expect(notices).toMatch(new RegExp(`^${name} \\d`, 'm'))
  })
})

describe('what it does', () => {
  test('it runs from a folder of its own: page, API documentation, database thread, demo stream', async () => {
    const port = await findFreePort()
    const child = bundle.start({ HOST: '127.0.0.1', BACKEND_PORT: String(port), DATA_DIR: join(bundle.folder.path, 'data') })
    try {
      await child.waitForOutput(/Try it/)
      const at = (path: string, init?: RequestInit): Promise<Response> => fetch(`http://127.0.0.1:${port}${path}`, init)
      expect((await at('/health/ready')).status).toBe(200)
      expect(await (await at('/', { headers: { accept: 'text/html' } })).text()).toContain('<!doctype html>')
      expect((await at('/swagger/swagger-ui-bundle.js')).status).toBe(200)
      expect(await streamDemo(port)).toContain('data: [DONE]')
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
    const { status, output } = await bundle.refuse(env)
    expect(status).toEqual({ code: 78, signal: null })
    expect(output).toMatch(driver)
    expect(output).toMatch(/lightweight/)
    expect(output).not.toMatch(/\n\s+at /)
  })
})
