// The kind of job that seals everything anew: under a new ENCRYPTION_KEY, or under the same with a new data key.
import type { Digester, KeyVault } from '../ports/key-vault.ts'
import { SealBrokenError } from '../ports/key-vault.ts'
import type { Json } from '../ports/job-queue.ts'
import { type KeyRotation, SEALED_TABLES, type SealedTable, type SealedValue } from '../ports/key-rotation.ts'
import { limits } from '../limits.ts'
import type { Logger } from '../ports/logger.ts'
import type { Store } from '../ports/store.ts'
import { type JobContext, JobFailedError, type JobKind } from './job-kind.ts'

export interface ReencryptDependencies {
  readonly store: Store
  readonly vault: KeyVault
  readonly rotation: KeyRotation
  readonly digester: Digester
  readonly logger: Logger
}

type Context = Pick<JobContext<null>, 'signal' | 'progress' | 'checkpoint' | 'state'>

/** Passes over all values: what others seal with the old keys meanwhile is found by the next one. */
const PASSES_MAX = 10
const BROKEN_NAMED = 5

export function createReencryptKind(dependencies: ReencryptDependencies): JobKind<null> {
  return {
    name: 'reencrypt',
    perCluster: 1,
    startedBy: 'admin',
    uniqueKey: () => 'reencrypt',
    validate: () => null,
    run: (context) => reencrypt(context, dependencies),
  }
}

async function reencrypt(context: Context, dependencies: ReencryptDependencies): Promise<Json> {
  const { rotation, logger } = dependencies
  // A run that was cut short goes on with the keys that it began with, instead of making others.
  if (context.state === undefined) {
    await rotation.begin()
    await context.checkpoint({ prefix: (await rotation.status()).prefix })
  }
  await rotation.reload()
  let verified = 0
  for (let pass = 1; ; pass++) {
    await rewriteAll(context, dependencies)
    verified = await verifyAll(context, dependencies)
    // Counted once more, together with forgetting the old keys.
    const left = await rotation.finish()
    if (left === 0) break
    if (pass === PASSES_MAX) throw new JobFailedError(await explainLeft(left, dependencies))
  }
  await rotation.reload()
  const { prefix } = await rotation.status()
  logger.info('vault.reencrypted', `All ${verified} sealed values are under the present keys`, { prefix, values: verified })
  return { prefix, verified }
}

async function rewriteAll({ signal, progress }: Context, { store, vault, rotation }: ReencryptDependencies): Promise<void> {
  const { prefix } = await rotation.status()
  const total = await store.sealed.countOthers(prefix)
  let done = 0
  progress(0, total, 'sealing anew')
  for await (const { table, values } of pieces(store, prefix)) {
    signal.throwIfAborted()
    const changes = values.flatMap((value) => {
      const sealed = sealAnew(value, vault)
      return sealed === undefined ? [] : [{ value, sealed }]
    })
    await store.transaction(({ sealed }) => sealed.replace(table, changes))
    progress((done += values.length), Math.max(total, done), 'sealing anew')
  }
}

/** undefined when it cannot be opened: nobody else can do so either. */
function sealAnew({ sealed, place }: SealedValue, vault: KeyVault): string | undefined {
  try {
    return vault.seal(vault.open(sealed, place), place)
  } catch (error) {
    if (error instanceof SealBrokenError) return undefined
    throw error
  }
}

async function explainLeft(left: number, { store, rotation }: ReencryptDependencies): Promise<string> {
  const { prefix } = await rotation.status()
  const ids = (await store.sealed.list('upstream_keys', '', BROKEN_NAMED, prefix)).map(({ id }) => id)
  const named = ids.length === 0 ? '' : ` Upstream keys among them: ${ids.join(', ')}. Remove them (akr key rm <id>) or restore them, and start this job again.`
  return `${left} sealed values cannot be opened with any known key, so the old data key is kept.${named}`
}

/** Opens every value, and holds it against its digest. @returns how many there are */
async function verifyAll({ signal, progress }: Context, { store, vault, rotation, digester }: ReencryptDependencies): Promise<number> {
  const { prefix } = await rotation.status()
  let done = 0
  for await (const { values } of pieces(store, undefined)) {
    signal.throwIfAborted()
    for (const { id, sealed, place, digest } of values) {
      // Counted among those that are left.
      if (!sealed.startsWith(prefix)) continue
      const value = vault.open(sealed, place)
      if (digest !== undefined && digester.upstreamKeyDigest(value) !== digest)
        throw new JobFailedError(`The upstream key ${id} is not what its digest says. Restore a backup.`)
    }
    progress((done += values.length), done, 'verifying')
  }
  return done
}

async function* pieces(store: Store, without: string | undefined): AsyncGenerator<{ readonly table: SealedTable; readonly values: readonly SealedValue[] }> {
  for (const table of SEALED_TABLES) {
    for (let after = ''; ;) {
      const values = await store.sealed.list(table, after, table === 'upstream_keys' ? limits.reencryptKeysAtOnce : 1, without)
      if (values.length > 0) yield { table, values }
      else break
      after = values.at(-1)?.id as string
    }
  }
}
