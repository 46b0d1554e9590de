// Where a `sqlite:` URL puts its files.
import { basename, dirname, isAbsolute, join } from 'node:path'
import { StartupError } from '../../../errors.ts'
import type { Secret } from '../../../domain/secret.ts'

export interface SqliteFiles {
  /** The source of truth. */
  readonly core: string
  /** History that may be lost: `logs.db` beside `core.db`, `<name>.logs.db` beside any other name. */
  readonly logs: string
  /** Held by the one server that uses the database. */
  readonly lock: string
  /** Process id of that server, for people and messages. */
  readonly pid: string
}

/**
 * `sqlite:/absolute/path.db` or `sqlite::memory:` (undefined: nothing is kept).
 * @throws StartupError 78
 */
export function parseSqliteUrl(url: Secret): SqliteFiles | undefined {
  const path = /^sqlite:(?:\/\/(?=\/))?(.*)$/is.exec(url.reveal())?.[1] ?? ''
  if (path === ':memory:') return undefined
  if (!isAbsolute(path) || path.endsWith('/') || /[?#\0]/.test(path)) {
    throw new StartupError(78, 'DATABASE_URL sqlite: needs the absolute path of a file, without ? and #, e.g. sqlite:/app/data/core.db.')
  }
  const name = basename(path)
  const logs = name === 'core.db' ? 'logs.db' : `${name.replace(/\.db$/, '')}.logs.db`
  return { core: path, logs: join(dirname(path), logs), lock: `${path}.lock`, pid: `${path}.pid` }
}
