// The files of a SQLite database on disk: created private, locked for one server, copied before migrations.
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, readdirSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { StartupError } from '../../../errors.ts'

/**
 * The real path of a database file, which is created empty (0600, its directory 0700) when absent, so that nobody else ever reads it.
 * @throws StartupError 78
 */
export function prepareFile(file: string): string {
  try {
    if (!existsSync(dirname(file))) mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    if (!existsSync(file)) createPrivate(file)
    if (!statSync(file).isFile()) throw new StartupError(78, `${file} is not a file. Set DATABASE_PATH to the path of a database file.`)
    return realpathSync(file)
  } catch (error) {
    if (error instanceof StartupError) throw error
    throw new StartupError(78, `${file} cannot be created: ${reasonOf(error)}.\n  Make its directory writable for this user, or set DATABASE_PATH.`)
  }
}

/** An empty file that only its owner may read; SQLite gives its -wal and -shm files the same mode. */
export function createPrivate(file: string): void {
  closeSync(openSync(file, 'wx', 0o600))
}

export function writePid(file: string): void {
  writeFileSync(file, `${process.pid} ${hostname()}\n`, { mode: 0o600 })
  chmodSync(file, 0o600)
}

/** `4711` or `4711 on host` when it is another machine's (or container's); `unknown` when nobody wrote one. */
export function readPid(file: string): string {
  try {
    const [pid = 'unknown', host = ''] = readFileSync(file, 'utf8').trim().split(' ')
    return host === hostname() ? pid : `${pid} on ${host}`
  } catch {
    return 'unknown'
  }
}

export function removeFile(file: string): void {
  rmSync(file, { force: true })
}

/** `<core>.backup-<schema version>-<time in UTC>`. */
export function backupPath(core: string, schemaVersion: string, nowMs: number): string {
  return `${core}.backup-${schemaVersion}-${new Date(nowMs).toISOString().replaceAll(/[:.-]/g, '')}`
}

/** Removes all but the newest backups of `core`. */
export function pruneBackups(core: string, kept: number): void {
  const prefix = `${basename(core)}.backup-`
  const backups = readdirSync(dirname(core))
    .filter((name) => name.startsWith(prefix))
    .map((name) => join(dirname(core), name))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)
  for (const backup of backups.slice(kept)) rmSync(backup)
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
