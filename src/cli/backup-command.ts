// akr backup and akr restore: the configuration database in one file, and back into an empty database.
import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Build } from '../build.ts'
import { StartupError } from '../errors.ts'
import { type BackupPlace, type FileBackup, restoreBackup, writeBackup } from '../infrastructure/database/backup-file.ts'
import { systemClock } from '../infrastructure/system.ts'
import { type CliIo, renderTable } from './cli-io.ts'
import { createDataWatch } from './data-watch.ts'
import { dataDirOf, nameDatabase, readDatabaseArgument, readDataSecrets } from './migrate-sources.ts'

/** Damaged keys that are named one by one. */
const NAMED_MAX = 20

export interface BackupOptions {
  readonly secrets?: string
}

interface Done {
  readonly word: 'backup' | 'restore'
  readonly file: string
  readonly database: BackupPlace
  /** Ids of keys that the right ENCRYPTION_KEY does not open. */
  readonly damaged: readonly string[]
  readonly tookMs: number
}

/** @throws GatewayError, StartupError */
export async function backUp(build: Build, io: CliIo, path: string, options: BackupOptions, isJson: boolean): Promise<void> {
  const work = prepare(build, io, path, options, 'backup')
  const written = await writeBackup(work.deps, work.database, work.file, work.watch)
  report(io, work.done(), written, isJson)
}

/** @throws GatewayError, StartupError */
export async function restore(build: Build, io: CliIo, path: string, options: BackupOptions, isJson: boolean): Promise<void> {
  const work = prepare(build, io, path, options, 'restore')
  if (!existsSync(work.file)) throw new StartupError(78, `${work.file} does not exist.`)
  const read = await restoreBackup(work.deps, work.file, work.database, dataDirOf(build, io), work.watch)
  report(io, work.done(), read, isJson)
}

function prepare(build: Build, io: CliIo, path: string, options: BackupOptions, word: Done['word']) {
  const url = readDatabaseArgument(build, io, 'DATABASE_URL', undefined)
  const database = { url, name: nameDatabase(url) }
  const file = resolve(path)
  if (/[?#]/.test(dirname(file))) throw new StartupError(78, `${file}: the names of its folders must be without ? and #.`)
  if (database.name === 'sqlite::memory:') throw new StartupError(78, 'DATABASE_URL is sqlite::memory: nothing is kept there. Name the file of the database.')
  const secrets = readDataSecrets(build, io, url, options.secrets)
  const damaged: string[] = []
  const startedMs = systemClock.monotonicMs()
  return {
    deps: { catalog: build.catalog, clock: systemClock },
    database,
    file,
    watch: createDataWatch(io, secrets, word === 'backup' ? database.name : file, (id) => void damaged.push(id)),
    done: (): Done => ({ word, file, database, damaged, tookMs: Math.round(systemClock.monotonicMs() - startedMs) }),
  }
}

function report(io: CliIo, { word, file, database, damaged, tookMs }: Done, { proof, bytes }: FileBackup, isJson: boolean): void {
  const opened = proof.upstream_keys.rows - damaged.length
  if (isJson) {
    const facts = { file, database: database.name, bytes, tables: proof, keys_opened: opened, keys_damaged: damaged, took_ms: tookMs }
    return io.print(JSON.stringify(facts, null, 2))
  }
  io.print(
    renderTable(
      ['table', 'rows', 'sha-256'],
      Object.entries(proof).map(([table, { rows, digest }]) => [table, String(rows), digest.slice(0, 16)]),
    ),
  )
  io.print(`${opened} upstream keys were opened with ENCRYPTION_KEY; rows and contents were compared with the source. Took ${tookMs} ms.`)
  if (damaged.length > 0) {
    const named = damaged.slice(0, NAMED_MAX).join(', ')
    io.remark(
      `${damaged.length} upstream keys are damaged and cannot be opened; they are copied as they are, and never used: ${named}. Give them anew, or remove them: akr key rm <id>`,
    )
  }
  if (word === 'backup') io.print(`${file}: ${bytes} bytes. Keep ENCRYPTION_KEY and CLIENT_KEY_PEPPER in another place: without them nobody can read it.`)
  else io.print(`${database.name} holds what ${file} held. Start the gateway with the same ENCRYPTION_KEY and CLIENT_KEY_PEPPER: akr doctor.`)
}
