// SQLite's words for the traits of a database.
import { sql } from 'kysely'
import type { DatabaseTraits } from '../traits.ts'
import { CLOSED, GONE } from './messages.ts'
import { codeOf } from './thread.ts'

const UNIQUE = new Set(['SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY', 'SQLITE_CONSTRAINT_ROWID'])
/** Primary codes; extended ones such as SQLITE_IOERR_WRITE begin with them. */
const UNAVAILABLE = /^SQLITE_(BUSY|LOCKED|IOERR|FULL|CANTOPEN|READONLY|CORRUPT|NOTADB|PROTOCOL|NOMEM|PERM|AUTH)(_|$)/

export const sqliteTraits: DatabaseTraits = {
  name: 'SQLite',
  types: {
    code: 'text',
    name: 'text',
    text: 'text',
    integer: 'integer',
    flag: 'integer',
    serial: sql`integer`,
    serialKey: (column) => column.primaryKey().autoIncrement(),
  },
  lowered: (column) => sql`lower(${sql.ref(column)})`,
  isUniqueViolation: (error) => UNIQUE.has(codeOf(error)),
  isTransient: (error) => UNAVAILABLE.test(codeOf(error)) || codeOf(error) === CLOSED || codeOf(error) === GONE,
  // One writer at a time, and who waits too long is told that the database is busy.
  isConflict: () => false,
  // Its DDL rolls back: nothing is ever half there.
  isAlreadyThere: () => false,
}
