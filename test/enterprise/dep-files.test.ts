// Owns the acceptance rows DEP-09 and DEP-10: a full disk, and files that somebody deletes, replaces or makes unwritable under the gateway.
import { execFileSync } from 'node:child_process'
import {
  closeSync,
  copyFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import Database from 'better-sqlite3'
import { createCanary } from '../support/canaries.ts'
import { openChaosUpstream, type ChaosUpstream } from '../support/chaos-upstream.ts'
import { createTemporaryFolder, type TemporaryFolder } from '../support/free-port.ts'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { runOpenLoop } from '../support/load.ts'
import { describeWith } from '../support/servers/required.ts'
import { openStand, RECOVERY_MS, until, type Stand } from './dep-stand.ts'

let upstream: ChaosUpstream
let folder: TemporaryFolder
beforeAll(async () => {
  upstream = await openChaosUpstream({ lean: true })
  folder = createTemporaryFolder('akr-dep-files')
})
afterAll(async () => {
  await upstream?.close()
  folder?.remove()
})

async function startSqlite(dataDir: string, env: Readonly<Record<string, string>> = {}): Promise<Gateway> {
  return startGateway({ dataDir, env, upstreams: [{ slug: 'u', base_url: upstream.url, keys: [createCanary('sk-')] }] })
}

/** Sends through the gateway until stop(). */
function startLoad(gateway: Gateway): { stop(): Promise<readonly string[]> } {
  const over = new AbortController()
  const request = (index: number) => ({ nonce: `f${index}`, text: gateway.text('POST', '/proxy/u/ok', { 'X-Req-Id': `f${index}` }, '{}') })
  const report = runOpenLoop({ port: gateway.port, rate: 60, durationMs: 60_000, signal: over.signal, request })
  return {
    stop: async () => {
      over.abort()
      return (await report).failures
    },
  }
}

async function summary(gateway: Gateway): Promise<string> {
  return ((await (await fetch(`${gateway.url}/health`)).json()) as { status: string }).status
}

/** A file system of its own that can be filled. @throws where this user may not mount */
function mountSmall(path: string): () => void {
  mkdirSync(path, { mode: 0o700 })
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m,mode=0700', 'tmpfs', path], { stdio: 'ignore' })
  return () => void execFileSync('umount', ['-l', path], { stdio: 'ignore' })
}

function canMount(): boolean {
  const place = createTemporaryFolder('akr-mount')
  try {
    mountSmall(join(place.path, 'here'))()
    return true
  } catch {
    return false
  } finally {
    place.remove()
  }
}

/** In CI a missing right is a failure, elsewhere a skip that names it. */
const testWithMount = process.env.CI !== undefined || canMount() ? test : test.skip

function fill(path: string): () => void {
  const file = join(path, 'filler')
  const descriptor = openSync(file, 'w')
  const block = Buffer.alloc(64 * 1024)
  for (const size of [block.length, 4_096, 512, 1]) {
    try {
      for (;;) writeSync(descriptor, block, 0, size)
    } catch {
      // Full for this size; the next smaller one may still fit.
    }
  }
  closeSync(descriptor)
  return () => rmSync(file)
}

describe('DEP-09 the disk is full', () => {
  const closers: (() => unknown)[] = []
  afterEach(async () => {
    for (let close = closers.pop(); close !== undefined; close = closers.pop()) await close()
  })

  function small(name: string): string {
    const path = join(folder.path, name)
    closers.push(mountSmall(path))
    return path
  }

  testWithMount(
    'SQLite (needs the right to mount a tmpfs): requests go on, changes are refused as 503, all is well when there is room again',
    async () => {
      const dataDir = small('sqlite')
      const gateway = await startSqlite(dataDir)
      closers.push(() => gateway.close())
      const load = startLoad(gateway)
      const release = fill(dataDir)
      const statuses = new Set<number>()
      // What is left of allocated pages takes a few changes before the file has to grow.
      await until(async () => {
        const { status } = await gateway.admin.call('POST', '/client-keys', { name: 'no room' })
        statuses.add(status)
        return status === 503
      }, 20_000)
      expect([...statuses].filter((status) => status !== 201 && status !== 503)).toEqual([])
      release()
      const freeMs = performance.now()
      await until(async () => (await gateway.admin.call('POST', '/client-keys', { name: 'room' })).status === 201, RECOVERY_MS)
      expect(performance.now() - freeMs).toBeLessThanOrEqual(RECOVERY_MS)
      expect(await load.stop()).toEqual([])
      gateway.child.signal('SIGTERM')
      expect((await gateway.child.exit()).code).toBe(0)
      const database = new Database(join(dataDir, 'core.db'))
      expect(database.pragma('integrity_check', { simple: true })).toBe('ok')
      database.close()
    },
    90_000,
  )

  describeWith('postgres', 'beside a database server', () => {
    let stand: Stand | undefined
    afterAll(() => stand?.close(), 30_000)

    testWithMount(
      'the snapshot file cannot be written: said once, degraded, the old one stays whole; written again when there is room',
      async () => {
        const dataDir = small('snapshot')
        stand = await openStand('postgres', 0)
        const gateway = await stand.start({}, dataDir)
        await stand.configure()
        const file = join(dataDir, 'snapshot.bin')
        await until(() => existsSync(file), RECOVERY_MS)
        const load = stand.startLoad()
        const release = fill(dataDir)
        const before = statSync(file).mtimeMs
        await gateway.admin.expectOk('POST', '/client-keys', { name: 'one change' })
        await gateway.child.waitForOutput(/snapshot\.save_failed/)
        await until(async () => (await summary(gateway)) === 'warn', RECOVERY_MS)
        expect(gateway.child.output.match(/snapshot\.save_failed/g)?.length).toBe(1)
        expect(statSync(file).mtimeMs).toBe(before)
        release()
        await until(() => statSync(file).mtimeMs > before, 2 * RECOVERY_MS)
        expect((await load.stop()).failures).toEqual([])
        await until(async () => (await summary(gateway)) === 'pass', RECOVERY_MS)
        // What the database does not say any more, the file still does.
        await stand.server.kill()
        await gateway.child.kill()
        const again = await stand.launch(dataDir)
        await again.waitUntilReady()
        expect(await stand.call(again, stand.issuedKey)).toBe(200)
      },
      90_000,
    )
  })
})

describe('DEP-10 somebody lays hands on the database file', () => {
  test.each([
    ['deleted', 'was deleted', (core: string) => rmSync(core)],
    ['replaced by an older copy', 'was replaced', (core: string) => renameSync(`${core}.copy`, core)],
    [
      'overwritten with garbage',
      'was overwritten',
      (core: string) => {
        truncateSync(core, 0)
        writeFileSync(core, 'garbage '.repeat(4_096))
      },
    ],
  ])(
    '%s while the gateway runs: requests go on from memory, an alarm, no change is taken and lost, no empty database',
    async (name, words, act) => {
      const dataDir = join(folder.path, name.replaceAll(' ', '-'))
      mkdirSync(dataDir)
      const core = join(dataDir, 'core.db')
      const gateway = await startSqlite(dataDir)
      try {
        const load = startLoad(gateway)
        copyFileSync(core, `${core}.copy`)
        act(core)
        await gateway.child.waitForOutput(/database\.tampered/)
        expect(gateway.child.output).toContain(words)
        expect(await summary(gateway)).toBe('warn')
        expect((await fetch(`${gateway.url}/health/ready`)).status).toBe(200)
        expect((await gateway.admin.call('POST', '/client-keys', { name: 'lost' })).status).toBe(503)
        expect((await gateway.admin.call('GET', '/upstreams')).status).toBe(503)
        expect(await load.stop()).toEqual([])
        if (name === 'deleted') expect(existsSync(core)).toBe(false)
      } finally {
        await gateway.child.kill()
      }
      if (name !== 'deleted') return
      // A supervisor would start it again: not with an empty database, which would refuse every client.
      for (const suffix of ['-wal', '-shm']) rmSync(`${core}${suffix}`, { force: true })
      await expect(startGateway({ dataDir })).rejects.toThrow('no empty database is put in its place')
      expect(existsSync(core)).toBe(false)
    },
    60_000,
  )

  test('read-only: requests and management go on, and health says so', async () => {
    const dataDir = join(folder.path, 'read-only')
    mkdirSync(dataDir)
    const core = join(dataDir, 'core.db')
    const gateway = await startSqlite(dataDir)
    try {
      const load = startLoad(gateway)
      chmodSync(core, 0o400)
      await gateway.child.waitForOutput(/database\.tampered/)
      expect(await summary(gateway)).toBe('warn')
      chmodSync(core, 0o600)
      await gateway.child.waitForOutput(/database\.whole/)
      expect(await summary(gateway)).toBe('pass')
      expect(await load.stop()).toEqual([])
    } finally {
      await gateway.child.kill()
    }
  }, 60_000)
})
