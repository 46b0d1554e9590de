// Changing the keys that everything is sealed with: at any point of the way values can be read, and an interrupted run goes on.
import { afterEach, describe, expect, test } from '@jest/globals'
import { Secret } from '../../src/domain/secret.ts'
import { createDigester } from '../../src/infrastructure/crypto/digester.ts'
import { LateVault } from '../../src/infrastructure/crypto/late-vault.ts'
import { openKeyVault } from '../../src/infrastructure/crypto/open-key-vault.ts'
import { VaultRotation } from '../../src/infrastructure/crypto/vault-rotation.ts'
import type { OpenDatabase } from '../../src/infrastructure/catalog.ts'
import { sqlite } from '../../src/infrastructure/database/sqlite/driver.ts'
import { systemRandom } from '../../src/infrastructure/system.ts'
import type { Json } from '../../src/ports/job-queue.ts'
import { StoreUnavailableError } from '../../src/ports/store.ts'
import { createReencryptKind } from '../../src/services/reencrypt-kind.ts'
import { SEALED_KEY_PLACE } from '../../src/services/snapshot.ts'
import { aKey, anUpstream } from '../support/rows.ts'
import { FakeClock } from '../support/fake-clock.ts'

const OLD = new Secret('the old key, of more than enough characters')
const NEW = new Secret('the new key, of more than enough characters')
const KEYS = 450
const digester = createDigester(new Secret('a pepper of enough characters, really'))
const silent = { log: () => {}, debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const opened: OpenDatabase[] = []

afterEach(async () => {
  for (const { store, events } of opened.splice(0)) {
    await events.close()
    await store.close()
  }
})

class Stand {
  readonly store
  readonly vault = new LateVault()
  readonly rotation
  readonly #keys: { encryption: Secret; previous: Secret | undefined }

  constructor(store: OpenDatabase['store'], encryption: Secret, previous?: Secret) {
    this.store = store
    this.#keys = { encryption, previous }
    this.rotation = new VaultRotation({ store, random: systemRandom, ...this.#keys, reload: () => this.open(), announce: () => undefined })
  }

  async open(): Promise<void> {
    this.vault.use(await openKeyVault({ store: this.store, random: systemRandom, ...this.#keys }))
  }

  /** @param stopAfter progress reports until the run is interrupted */
  async run(state: Json | undefined, stopAfter = Infinity): Promise<{ result: Json | undefined; state: Json | undefined; isInterrupted: boolean }> {
    const { store, vault, rotation } = this
    const abort = new AbortController()
    let reports = 0
    let kept = state
    const kind = createReencryptKind({ store, vault, rotation, digester, logger: silent })
    const tick = (): void => void (++reports > stopAfter && abort.abort(new Error('interrupted')))
    try {
      const result = await kind.run({
        signal: abort.signal,
        state,
        progress: tick,
        checkpoint: async (next: Json) => {
          tick()
          abort.signal.throwIfAborted()
          kept = next
        },
      } as unknown as Parameters<typeof kind.run>[0])
      return { result, state: kept, isInterrupted: false }
    } catch (error) {
      if (!abort.signal.aborted) throw error
      return { result: undefined, state: kept, isInterrupted: true }
    }
  }

  /** All keys by id, opened. */
  async readAll(): Promise<string[]> {
    return (await this.store.keys.listSealed()).map(({ id, sealedValue }) => this.vault.open(sealedValue, { ...SEALED_KEY_PLACE, id }).reveal())
  }
}

const valueOf = (index: number): string => `sk-value-${index}`
const VALUES = Array.from({ length: KEYS }, (_, index) => valueOf(index))

async function seeded(): Promise<OpenDatabase['store']> {
  const database = await sqlite.open(new Secret('sqlite::memory:'), { clock: new FakeClock(), role: 'server' })
  opened.push(database)
  const stand = new Stand(database.store, OLD)
  await stand.open()
  await database.store.upstreams.insert(anUpstream({ id: 'ups_1' }))
  await database.store.keys.insertMany(
    VALUES.map((value, index) => {
      const id = `key_${String(index).padStart(5, '0')}`
      const secret = new Secret(value)
      const sealedValue = stand.vault.seal(secret, { ...SEALED_KEY_PLACE, id })
      return aKey('ups_1', { id, sealedValue, valueDigest: digester.upstreamKeyDigest(secret) })
    }),
  )
  return database.store
}

describe('a new ENCRYPTION_KEY', () => {
  test('is taken over, and the old one is not needed any more', async () => {
    const store = await seeded()
    const both = new Stand(store, NEW, OLD)
    await both.open()
    expect(await both.readAll()).toEqual(VALUES)
    expect(await both.rotation.status()).toMatchObject({ isKeyWaiting: true, isUnderWay: false })
    const { result } = await both.run(undefined)
    expect(result).toEqual({ prefix: expect.stringMatching(/^v1\.[0-9a-f]{8}\.2\.$/), verified: KEYS })
    expect(await both.rotation.status()).toMatchObject({ isKeyWaiting: false, isUnderWay: false })
    const alone = new Stand(store, NEW)
    await alone.open()
    expect(await alone.readAll()).toEqual(VALUES)
    await expect(new Stand(store, OLD).open()).rejects.toThrow(/ENCRYPTION_KEY does not match the data[^]*ENCRYPTION_KEY_PREVIOUS/)
    await expect(new Stand(store, new Secret('some other key, long enough'), OLD).open()).rejects.toThrow(/Neither ENCRYPTION_KEY nor ENCRYPTION_KEY_PREVIOUS/)
  })

  test('without the old one is refused before anything changes', async () => {
    const store = await seeded()
    const alone = new Stand(store, NEW)
    await expect(alone.open()).rejects.toMatchObject({ exitCode: 78 })
    await expect(alone.rotation.begin()).rejects.toMatchObject({ exitCode: 78 })
    const old = new Stand(store, OLD)
    await old.open()
    expect(await old.readAll()).toEqual(VALUES)
  })

  test('a run that is interrupted at any step goes on, and all can be read at each of them', async () => {
    const store = await seeded()
    let state: Json | undefined
    const prefixes = new Set<string>()
    for (let stopAfter = 0; ; stopAfter++) {
      // Each run in a new process, which knows nothing but what is stored.
      const stand = new Stand(store, NEW, OLD)
      await stand.open()
      const run = await stand.run(state, stopAfter)
      state = run.state
      prefixes.add((await stand.rotation.status()).prefix)
      const reader = new Stand(store, NEW, OLD)
      await reader.open()
      expect(await reader.readAll()).toEqual(VALUES)
      if (!run.isInterrupted) break
    }
    // One data key was made, however often it was begun.
    expect(prefixes.size).toBe(1)
    expect(await store.sealed.countOthers([...prefixes][0] ?? '')).toBe(0)
  })

  test('another process that has not heard of it reads on, and adds nothing under the old key', async () => {
    const store = await seeded()
    const other = new Stand(store, NEW, OLD)
    await other.open()
    const both = new Stand(store, NEW, OLD)
    await both.open()
    await both.rotation.begin()
    const place = { ...SEALED_KEY_PLACE, id: 'key_new' }
    const row = (sealedValue: string) => aKey('ups_1', { id: 'key_new', sealedValue, valueDigest: 'new' })
    await expect(store.keys.insertMany([row(other.vault.seal(new Secret('x'), place))])).rejects.toThrow(StoreUnavailableError)
    expect(await other.readAll()).toEqual(VALUES)
    await other.open()
    await store.keys.insertMany([row(other.vault.seal(new Secret('x'), place))])
    expect(await other.rotation.finish()).toBe(KEYS)
  })
})

test('the same ENCRYPTION_KEY gets a new data key', async () => {
  const store = await seeded()
  const stand = new Stand(store, OLD)
  await stand.open()
  const before = (await store.keys.listSealed()).map(({ sealedValue }) => sealedValue)
  const { result } = await stand.run(undefined)
  expect(result).toMatchObject({ verified: KEYS })
  const after = (await store.keys.listSealed()).map(({ sealedValue }) => sealedValue)
  expect(after.filter((sealed) => before.includes(sealed))).toEqual([])
  expect(await stand.readAll()).toEqual(VALUES)
  const again = new Stand(store, OLD)
  await again.open()
  expect(await again.readAll()).toEqual(VALUES)
})

test('a value that nobody can open keeps the old data key, and is named', async () => {
  const store = await seeded()
  const [first] = await store.sealed.list('upstream_keys', '', 1)
  await store.sealed.replace('upstream_keys', [{ value: first!, sealed: `${first!.sealed.slice(0, -4)}AAAA` }])
  const stand = new Stand(store, NEW, OLD)
  await stand.open()
  await expect(stand.run(undefined)).rejects.toThrow(/1 sealed values cannot be opened[^]*key_00000/)
  expect(await stand.rotation.status()).toMatchObject({ isUnderWay: true })
})
