// Writes the configuration database into one SQLite file, proves it, and puts it back into an empty database.
import { existsSync, statSync } from 'node:fs'
import { chmod, copyFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { sql } from 'kysely'
import { Secret } from '../../domain/secret.ts'
import { GatewayError, StartupError } from '../../errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Store } from '../../ports/store.ts'
import type { Catalog } from '../catalog.ts'
import { examineDatabase, openDatabase } from '../factory.ts'
import { makeDirectory } from '../secrets-file.ts'
import { isSqliteFile, putInPlace, refuseExisting, withDraft } from './backup-draft.ts'
import type { KyselyStore } from './store.ts'
import { copyTables, countTarget, proveSource, sumRows, type TransferWatch } from './transfer.ts'
import type { TransferProof } from './transfer-proof.ts'

export interface BackupDeps {
  readonly catalog: Catalog
  readonly clock: Clock
}

export interface BackupPlace {
  readonly url: Secret
  /** For messages: the database without its password. */
  readonly name: string
}

export interface FileBackup {
  readonly bytes: number
  readonly proof: TransferProof
}

const UNWATCHED: TransferWatch = { onSettings: () => {}, onRow: () => {}, onProgress: () => {} }

/**
 * The database may be in use: everything is read in one view of it, over a connection of its own. The file appears (0600) when it is whole and proved.
 * @throws GatewayError conflict when the file exists or there is nothing to copy, StartupError, StoreUnavailableError, what the watch throws
 */
export async function writeBackup(deps: BackupDeps, from: BackupPlace, file: string, watch: TransferWatch): Promise<FileBackup> {
  refuseExisting(file)
  await refuseOtherSchema(deps, from)
  makeDirectory(dirname(file))
  return withDraft(dirname(file), async (folder) => {
    const draft = join(folder, 'core.db')
    const proof = await withDatabase(deps, from.url, 'tool', (source) =>
      withDatabase(deps, urlOf(draft), 'tool', (target) => copyTables(source, target, 0, watch)),
    )
    await withDatabase(deps, urlOf(draft), 'tool', (store) => refuseDamage(store, draft))
    await putInPlace(draft, file)
    return { bytes: statSync(file).size, proof }
  })
}

/** Opens a backup and reads all of it. @param scratch folder for a copy: the file itself is never opened for writing */
export async function readBackup(deps: BackupDeps, file: string, scratch: string): Promise<FileBackup> {
  return withCopy(deps, file, scratch, async (store) => ({ bytes: statSync(file).size, proof: await proveSource(store, UNWATCHED) }))
}

/**
 * All or nothing: when it fails or is killed the target is as it was, and a SQLite file that was not there is not there.
 * A backup of an older version is brought to the present schema.
 * @throws GatewayError conflict when the target holds something, or the file is no backup; StartupError, StoreUnavailableError, what the watch throws
 */
export async function restoreBackup(deps: BackupDeps, file: string, to: BackupPlace, scratch: string, watch: TransferWatch): Promise<FileBackup> {
  const path = sqlitePath(to.url)
  const isNewFile = path !== undefined && !existsSync(path)
  if (!isNewFile) await refuseFull(deps, to)
  return withCopy(deps, file, scratch, async (source) => {
    const copyInto = (url: Secret, role: 'tool' | 'server') => withDatabase(deps, url, role, (target) => copyTables(source, target, 0, watch))
    const bytes = statSync(file).size
    if (!isNewFile) return { bytes, proof: await copyInto(to.url, 'server') }
    makeDirectory(dirname(path))
    return withDraft(dirname(path), async (folder) => {
      const draft = join(folder, 'core.db')
      const proof = await copyInto(urlOf(draft), 'tool')
      await putInPlace(draft, path)
      return { bytes, proof }
    })
  })
}

async function refuseOtherSchema({ catalog, clock }: BackupDeps, { url, name }: BackupPlace): Promise<void> {
  const facts = await examineDatabase(catalog, url, { clock })
  if (facts === undefined || facts.applied.length === 0)
    throw new GatewayError('conflict', `${name} holds no data of this gateway: there is nothing to back up.`)
  if (facts.pending.length === 0) return
  throw new GatewayError(
    'conflict',
    `${name} has an older schema (${facts.applied.at(-1)}). Back it up with its own version, or start this version on it once.`,
  )
}

async function refuseFull(deps: BackupDeps, { url, name }: BackupPlace): Promise<void> {
  const facts = await examineDatabase(deps.catalog, url, { clock: deps.clock })
  if (facts === undefined || facts.applied.length === 0) return
  const held = facts.pending.length > 0 ? 'data of an older version' : await countRows(deps, url)
  if (held === 0) return
  throw new GatewayError(
    'conflict',
    `${name} is not empty: it holds ${typeof held === 'number' ? `${held} rows` : held}, and a restore replaces nothing. Name an empty database in DATABASE_URL, or move this one away first (of SQLite: core.db with its -wal and -shm files).`,
  )
}

async function countRows(deps: BackupDeps, url: Secret): Promise<number> {
  return sumRows(await withDatabase(deps, url, 'tool', countTarget))
}

/** Works on a copy of the file, so that the file stays as it is, and may lie where nothing can be written. */
async function withCopy<T>(deps: BackupDeps, file: string, scratch: string, work: (store: Store) => Promise<T>): Promise<T> {
  if (!isSqliteFile(file)) throw new GatewayError('conflict', `${file} is not a backup of this gateway: it is not a SQLite database.`)
  makeDirectory(scratch)
  return withDraft(scratch, async (folder) => {
    const copy = join(folder, 'core.db')
    await copyFile(file, copy)
    await chmod(copy, 0o600)
    // A plain copy of a database that was in use: what was last written to it is there.
    if (existsSync(`${file}-wal`)) await copyFile(`${file}-wal`, `${copy}-wal`)
    const facts = await renamed(copy, file, async () => examineDatabase(deps.catalog, urlOf(copy), { clock: deps.clock }))
    if ((facts?.applied.length ?? 0) === 0) throw new GatewayError('conflict', `${file} holds no data of this gateway.`)
    const opened = await renamed(copy, file, () => openDatabase(deps.catalog, urlOf(copy), { clock: deps.clock, role: 'tool' }))
    try {
      await refuseDamage(opened.store, file)
      return await work(opened.store)
    } finally {
      await opened.events.close()
      await opened.store.close()
    }
  })
}

/** People know the file, not its copy. */
async function renamed<T>(copy: string, file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof StartupError)) throw error
    throw new StartupError(error.exitCode, error.message.replaceAll(copy, file))
  }
}

async function refuseDamage(store: Store, file: string): Promise<void> {
  const found = await (store as KyselyStore)
    .tables('read', (db) => sql<{ integrity_check: string }>`pragma integrity_check(1)`.execute(db))
    .catch((error: unknown) => error)
  const verdict = found instanceof Error ? found.message : (found as { rows: { integrity_check: string }[] }).rows[0]?.integrity_check
  if (verdict !== 'ok') throw new GatewayError('conflict', `${file} is damaged (${verdict ?? 'no answer'}). Take another backup.`)
}

async function withDatabase<T>({ catalog, clock }: BackupDeps, url: Secret, role: 'server' | 'tool', work: (store: Store) => Promise<T>): Promise<T> {
  const { store, events } = await openDatabase(catalog, url, { clock, role })
  try {
    return await work(store)
  } finally {
    await events.close()
    await store.close()
  }
}

function urlOf(file: string): Secret {
  return new Secret(`sqlite:${file}`)
}

function sqlitePath(url: Secret): string | undefined {
  return /^sqlite:(?:\/\/(?=\/))?(\/.*)$/is.exec(url.reveal())?.[1]
}
