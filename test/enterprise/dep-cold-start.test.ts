// Owns the acceptance row DEP-03: a gateway that starts while its database is away, with and without its snapshot file. DEP-04 with it.
import { copyFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createCanary } from '../support/canaries.ts'
import type { Gateway } from '../support/gateway.ts'
import { describeWith } from '../support/servers/required.ts'
import {
  ADMIN_ANSWER_MS,
  expectDegraded,
  expectManagementBack,
  KINDS,
  openStand,
  RECOVERY_MS,
  until,
  watchManagement,
  type Kind,
  type Stand,
} from './dep-stand.ts'

/** From the start of the process, on a machine that starts one with its database in NORMAL_MS. */
const READY_MS = 3_000
const NORMAL_MS = 1_500

for (const kind of KINDS) describeWith(kind, kind, () => defineRows(kind))

function defineRows(kind: Kind): void {
  let stand: Stand
  /** Of the replica that wrote it. */
  let snapshotFile: string
  /** What a busy machine adds to a start, ms. */
  let slownessMs: number
  beforeAll(async () => {
    stand = await openStand(kind, 0)
    const startedMs = performance.now()
    await stand.start()
    slownessMs = Math.max(0, performance.now() - startedMs - NORMAL_MS)
    await stand.configure()
    const [first] = stand.gateways as [Gateway]
    snapshotFile = join(first.dataDir, 'snapshot.bin')
    // The issued key is the last change: the file that has it is complete.
    await until(async () => existsSync(snapshotFile) && (await readMetric(first, 'akr_snapshot_file_age_seconds')) !== undefined, RECOVERY_MS)
    const changedMs = statSync(snapshotFile).mtimeMs
    await first.admin.expectOk('POST', '/client-keys', { name: 'another change' })
    await until(() => statSync(snapshotFile).mtimeMs > changedMs, RECOVERY_MS)
    await first.admin.expectOk('GET', '/upstreams')
    await first.child.kill()
    stand.gateways.length = 0
    await stand.server.kill()
  }, 60_000)
  afterAll(() => stand?.close(), 30_000)

  /** A folder as the first replica left it. */
  function copyFolder(change?: (file: string) => void): string {
    const folder = stand.createFolder()
    const copy = join(folder, 'snapshot.bin')
    copyFileSync(snapshotFile, copy)
    change?.(copy)
    return folder
  }

  async function listening(gateway: Gateway): Promise<void> {
    const isAlive = (): Promise<boolean> => fetch(`${gateway.url}/health/live`).then(({ status }) => status === 200).catch(() => false) // prettier-ignore
    await until(isAlive, 30_000, 'it listens')
  }

  async function expectWaiting(gateway: Gateway): Promise<void> {
    const ready = await fetch(`${gateway.url}/health/ready`)
    expect([ready.status, await ready.json()]).toEqual([503, { status: 'fail', phase: 'starting', reason: expect.stringMatching(/database has not been reached/) as unknown }]) // prettier-ignore
    for (const key of [stand.issuedKey, gateway.clientKey, createCanary('ck-')]) {
      const [answer] = (await gateway.send('GET', '/proxy/u/ok', { 'X-Proxy-Key': key })).responses
      expect(answer?.status).toBe(503)
      expect(JSON.parse(answer?.body.toString() ?? '')).toMatchObject({ code: 'degraded' })
    }
    const [llm] = (await gateway.send('POST', '/llm/u/v1/chat/completions', { 'Content-Type': 'application/json' }, '{"model":"m"}')).responses
    expect([llm?.status, JSON.parse(llm?.body.toString() ?? '')]).toMatchObject([503, { error: { code: 'degraded' } }])
    const startedMs = performance.now()
    const management = await gateway.admin.call('GET', '/upstreams', undefined, { Authorization: 'Bearer nobody' })
    const login = await gateway.admin.call('POST', '/login', { username: 'admin', password: gateway.adminPassword })
    // A token that is none of ours is refused by its signature, which no database can change.
    expect([management.status, login.status, login.body.code]).toEqual([401, 503, 'degraded'])
    expect(performance.now() - startedMs).toBeLessThanOrEqual(2 * ADMIN_ANSWER_MS)
  }

  test('with the snapshot file: ready within 3 s and serving, nothing false; with the database all of it comes back without a restart', async () => {
    const startedMs = performance.now()
    const gateway = await stand.launch(copyFolder())
    await gateway.waitUntilReady()
    expect(performance.now() - startedMs).toBeLessThanOrEqual(READY_MS + slownessMs)
    await gateway.child.waitForOutput(/snapshot\.restored/)
    const load = stand.startLoad([gateway])
    expect([await stand.call(gateway, stand.issuedKey), await stand.call(gateway, gateway.clientKey), await stand.call(gateway, createCanary('ck-'))]).toEqual([200, 200, 401]) // prettier-ignore
    await expectDegraded(gateway)
    expect((await gateway.admin.call('POST', '/login', { username: 'admin', password: gateway.adminPassword })).status).toBe(503)

    await stand.server.restart()
    const backMs = performance.now()
    await until(() => gateway.admin.signIn('admin', gateway.adminPassword).then(() => true, () => false), RECOVERY_MS, 'somebody can sign in') // prettier-ignore
    await expectManagementBack([gateway], backMs)
    const { failures, sent } = await load.stop()
    expect(failures).toEqual([])
    expect(sent).toBeGreaterThan(10)
    // Configuration that is changed now is in force: the database counts again.
    const { key } = (await gateway.admin.expectOk('POST', '/client-keys', { name: 'after' })) as { key: string }
    expect(await stand.call(gateway, key)).toBe(200)
    expect(gateway.child.exitStatus).toBeUndefined()
    await stand.server.kill()
    // Once more, now that management knows who asks.
    const management = watchManagement([gateway])
    await until(async () => (await (await fetch(`${gateway.url}/health`)).json() as { status: string }).status === 'warn', RECOVERY_MS) // prettier-ignore
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect((await management.stop()).wrong).toEqual([])
  }, 60_000)

  test('without it: alive, not ready and says why, 503 and never 401, 403 or 404; ready within 5 s of the database, without a restart', async () => {
    const gateway = await stand.launch(stand.createFolder())
    await listening(gateway)
    await expectWaiting(gateway)
    await gateway.child.waitForOutput(/snapshot\.absent/)
    await stand.server.restart()
    await gateway.waitUntilReady(RECOVERY_MS)
    expect(await stand.call(gateway, stand.issuedKey)).toBe(200)
    expect(await stand.call(gateway, createCanary('ck-'))).toBe(401)
    await until(() => existsSync(join(gateway.dataDir, 'snapshot.bin')), RECOVERY_MS, 'the snapshot file is written')
    await stand.server.kill()
  }, 60_000)

  test('a frozen server at the start is like an absent one', async () => {
    await stand.server.restart()
    stand.server.freeze()
    const gateway = await stand.launch(stand.createFolder())
    await listening(gateway)
    await expectWaiting(gateway)
    stand.server.thaw()
    await gateway.waitUntilReady(RECOVERY_MS)
    await stand.server.kill()
  }, 60_000)

  test('a damaged, foreign or newer file is refused with a word, whole; SNAPSHOT_FILE=false writes and reads none', async () => {
    const damage = (at: number, value?: number) => (file: string) => {
      const bytes = readFileSync(file)
      bytes[at] = value ?? (bytes[at] as number) ^ 1
      writeFileSync(file, bytes)
    }
    const foreign = { ENCRYPTION_KEY: createCanary('ek-') }
    const launches = [
      { words: 'was changed or cut', gateway: await stand.launch(copyFolder(damage(500))) },
      { words: 'another ENCRYPTION_KEY', gateway: await stand.launch(copyFolder(), foreign) },
      { words: 'of a newer version', gateway: await stand.launch(copyFolder(damage(7, 2))) },
    ]
    for (const { words, gateway } of launches) {
      await listening(gateway)
      await gateway.child.waitForOutput(/snapshot\.refused/)
      expect(gateway.child.output).toContain(words)
      await expectWaiting(gateway)
    }
    const off = await stand.launch(copyFolder(), { SNAPSHOT_FILE: 'false' })
    await listening(off)
    await expectWaiting(off)
    expect(off.child.output).not.toContain('snapshot.')
  }, 60_000)

  test('mistakes of the configuration end the process at the start, and later while nothing is served; a serving one goes on', async () => {
    const wrong = { ENCRYPTION_KEY: createCanary('ek-') }
    const early = await stand.launch(stand.createFolder(), { DATABASE_URL: 'mysql://127.0.0.1:1' })
    expect((await early.child.exit()).code).toBe(78)
    const waiting = await stand.launch(stand.createFolder(), wrong)
    await listening(waiting)
    const serving = await stand.launch(copyFolder())
    await serving.waitUntilReady()
    // The database that appears has a vault of another key.
    await stand.server.restart()
    expect((await waiting.child.exit()).code).toBe(78)
    expect(waiting.child.stderr).toContain('ENCRYPTION_KEY does not match')
    await until(async () => (await readMetric(serving, 'akr_database_reachable')) === 1, RECOVERY_MS)
    expect(await stand.call(serving, stand.issuedKey)).toBe(200)
  }, 60_000)
}

async function readMetric(gateway: Gateway, name: string): Promise<number | undefined> {
  const text = await (await fetch(`${gateway.url}/metrics`)).text()
  const value = new RegExp(`^${name} (.+)$`, 'm').exec(text)?.[1]
  return value === undefined ? undefined : Number(value)
}
