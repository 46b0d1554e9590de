// The thread that owns better-sqlite3: every SQLite call of the process runs here, never on the thread that proxies.
import { parentPort } from 'node:worker_threads'
import Database from 'better-sqlite3'
import { CLOSED } from './messages.ts'
import type { SqliteAnswer, SqliteBatch, SqliteCall, SqliteProfile, SqliteReply, SqliteRequest } from './messages.ts'

/** 3.51.3 fixed a corruption that two connections to one WAL file could cause (sqlite.org/wal.html, "the WAL-reset bug"). */
const SQLITE_MIN = [3, 51, 3] as const
const BUSY_MS = 5_000
/** Somebody who locks the logs must not keep the source of truth waiting: they share this thread. Who writes them tries again. */
const LOGS_BUSY_MS = 250
const LOCK_WAIT_MS = 250
const NOTHING: SqliteAnswer = { rows: [], changes: undefined }

const databases = new Map<number, Database.Database>()

parentPort?.on('message', (call: SqliteCall) => {
  parentPort?.postMessage(reply(call))
})

function reply({ id, request }: SqliteCall): SqliteReply {
  try {
    return { id, answer: perform(request) }
  } catch (error) {
    const code = (error as { code?: unknown }).code
    return { id, error: { code: typeof code === 'string' ? code : 'SQLITE_MISUSE', message: error instanceof Error ? error.message : String(error) } }
  }
}

function perform(request: SqliteRequest): SqliteAnswer {
  if (request.op === 'open') return open(request.database, request.file, request.profile, request.check)
  if (request.op === 'lock') return lock(request.database, request.file)
  const db = databases.get(request.database)
  if (request.op === 'close') {
    databases.delete(request.database)
    db?.close()
    return NOTHING
  }
  if (db === undefined) throw fault(CLOSED, 'the database is closed')
  if (request.op === 'rollback') {
    if (db.inTransaction) db.exec('rollback')
    return NOTHING
  }
  if (request.op === 'each') return each(db, request.batch)
  if (request.op === 'once') return once(db, request.sql, request.parameters, request.batches)
  return query(db, request.sql, request.parameters)
}

function once(db: Database.Database, sql: string, parameters: readonly unknown[], batches: readonly SqliteBatch[]): SqliteAnswer {
  return db
    .transaction(() => {
      const { changes } = db.prepare(sql).run(parameters)
      if (changes > 0) for (const batch of batches) each(db, batch)
      return { rows: [], changes }
    })
    .immediate()
}

function each(db: Database.Database, { sql, rows }: SqliteBatch): SqliteAnswer {
  const statement = db.prepare(sql)
  let changes = 0
  for (const row of JSON.parse(rows) as unknown[][]) changes += statement.run(row).changes
  return { rows: [], changes }
}

function query(db: Database.Database, sql: string, parameters: readonly unknown[]): SqliteAnswer {
  const statement = db.prepare(sql)
  if (statement.reader) return { rows: statement.all(parameters), changes: undefined }
  return { rows: [], changes: statement.run(parameters).changes }
}

function open(key: number, file: string, profile: SqliteProfile, check: boolean): SqliteAnswer {
  const db = new Database(file, { timeout: profile === 'core' ? BUSY_MS : LOGS_BUSY_MS })
  try {
    assertVersion(db)
    if (profile === 'logs') db.pragma('auto_vacuum = INCREMENTAL')
    if (file !== ':memory:' && db.pragma('journal_mode = WAL', { simple: true }) !== 'wal') {
      throw fault('SQLITE_CANTOPEN', 'write-ahead logging does not work on this file system; use a local disk')
    }
    db.pragma(`synchronous = ${profile === 'core' ? 'FULL' : 'NORMAL'}`)
    db.pragma('foreign_keys = ON')
    db.pragma('trusted_schema = OFF')
    db.pragma('cell_size_check = ON')
    db.pragma(`journal_size_limit = ${64 * 1024 * 1024}`)
    if (check) {
      const verdict = db.pragma('quick_check(1)', { simple: true })
      if (verdict !== 'ok') throw fault('SQLITE_CORRUPT', String(verdict))
    }
    if (profile === 'logs') db.pragma('incremental_vacuum(2000)')
  } catch (error) {
    db.close()
    throw error
  }
  databases.set(key, db)
  return NOTHING
}

function lock(key: number, file: string): SqliteAnswer {
  const db = new Database(file, { timeout: LOCK_WAIT_MS })
  try {
    // Nothing is ever written: a journal file would only be left behind by a kill.
    db.pragma('journal_mode = MEMORY')
    db.exec('begin exclusive')
  } catch (error) {
    db.close()
    throw error
  }
  databases.set(key, db)
  return NOTHING
}

function assertVersion(db: Database.Database): void {
  const version = String(db.prepare('select sqlite_version()').pluck().get())
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number)
  const number = major * 1e6 + minor * 1e3 + patch
  if (number >= SQLITE_MIN[0] * 1e6 + SQLITE_MIN[1] * 1e3 + SQLITE_MIN[2]) return
  throw fault('SQLITE_TOO_OLD', `SQLite ${version} can corrupt its write-ahead log; ${SQLITE_MIN.join('.')} or newer is needed`)
}

function fault(code: string, message: string): Error {
  return Object.assign(new Error(message), { code })
}
