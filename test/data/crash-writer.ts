// The victim of CR-01: opens the database of argv[2] and changes it without end, telling stdout before and after each change.
import { writeSync } from 'node:fs'
import { Secret } from '../../src/domain/secret.ts'
import { createId } from '../../src/domain/id.ts'
import { sqlite } from '../../src/infrastructure/database/sqlite/driver.ts'
import { systemClock, systemRandom } from '../../src/infrastructure/system.ts'
import type { Repositories } from '../../src/ports/store.ts'
import { aClientKey, aKey, anUpstream } from '../support/rows.ts'

const WRITERS = 3
const OBJECTS_MAX = 8
const KEYS_EACH = 5

const say = (line: string): void => void writeSync(1, `${line}\n`)
const startedMs = performance.now()
const { store } = await sqlite.open(new Secret(process.argv[2] ?? ''), { clock: systemClock, role: 'server' })
const stored = await store.upstreams.list()
say(`ready ${Math.round(performance.now() - startedMs)}`)
await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)))

/** One writer owns the objects whose slug begins with its number; an object is an upstream, its keys and a client key. */
async function write(writer: number): Promise<never> {
  const own = stored.filter(({ slug }) => slug.startsWith(`w${writer}-`)).map(({ id }) => id)
  for (;;) {
    const id = own[Math.floor(systemRandom.fraction() * own.length)]
    const chance = systemRandom.fraction()
    if (id === undefined || (own.length < OBJECTS_MAX && chance < 0.4)) {
      const fresh = createId('ups', systemClock.nowMs(), systemRandom.bytes(10))
      await change(`create ${fresh}`, (repositories) => create(repositories, fresh, `w${writer}-${fresh}`))
      own.push(fresh)
    } else if (chance < 0.6) {
      await change(`disable ${id}`, (repositories) => disable(repositories, id))
    } else if (chance < 0.8) {
      const digest = systemRandom.bytes(16).toString('hex')
      await change(`rotate ${id} ${digest}`, (repositories) => rotate(repositories, id, digest))
    } else {
      await change(`delete ${id}`, (repositories) => remove(repositories, id))
      own.splice(own.indexOf(id), 1)
    }
  }
}

async function change(what: string, work: (repositories: Repositories) => Promise<void>): Promise<void> {
  say(`begin ${what}`)
  await store.transaction(async (repositories) => {
    await work(repositories)
    await repositories.settings.bumpConfigVersion()
  })
  say(`done ${what}`)
}

async function create({ upstreams, keys, clientKeys }: Repositories, id: string, slug: string): Promise<void> {
  await upstreams.insert(anUpstream({ id, slug }))
  await keys.insertMany(Array.from({ length: KEYS_EACH }, (_, i) => aKey(id, { id: `${id}-${i}`, valueDigest: `${i}` })))
  await clientKeys.insert(aClientKey({ id, digest: id }))
}

async function disable({ keys }: Repositories, id: string): Promise<void> {
  const status = { state: 'disabled', reason: 'by hand', untilMs: undefined, changedAtMs: systemClock.nowMs() } as const
  for (let i = 0; i < KEYS_EACH; i++) {
    if (!(await keys.updateStatus(`${id}-${i}`, status))) throw new Error(`The key ${id}-${i} is lost`)
  }
}

async function rotate({ clientKeys }: Repositories, id: string, digest: string): Promise<void> {
  const key = await clientKeys.findById(id)
  if (key === undefined) throw new Error(`The client key ${id} is lost`)
  await clientKeys.update({ ...key, digest, previousDigest: key.digest, previousUntilMs: 1 })
}

async function remove({ upstreams, clientKeys }: Repositories, id: string): Promise<void> {
  await upstreams.remove(id)
  await clientKeys.remove(id)
}
