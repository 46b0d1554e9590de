// Reads whole tables in bounded pieces, and proves what they hold: rows counted, contents digested alike on every database.
import { createHash } from 'node:crypto'
import type { Kysely, Transaction } from 'kysely'
import type { CoreSchema } from './schema.ts'
import { identityOf, TRANSFER_TABLES, type TransferTable } from './transfer-tables.ts'

export type TransferRow = Record<string, string | number | null>
/** Tables by any name, for code that treats them all alike. */
export type AnyTables = Kysely<Record<string, TransferRow>>

export interface TableProof {
  readonly rows: number
  /** SHA-256 over all rows in the order of their ids, hex. */
  readonly digest: string
}

export type TransferProof = Readonly<Record<TransferTable, TableProof>>

/** Rows read at a time: below every database's limit of parameters when they are written again, and a few ms beside the requests of a gateway that backs itself up. */
export const TRANSFER_ROWS = 100

export function anyTables(db: Transaction<CoreSchema>): AnyTables {
  return db as unknown as AnyTables
}

/** Every row of a table in the order of its ids, a piece at a time. */
export async function* readPieces(db: AnyTables, table: TransferTable): AsyncGenerator<readonly TransferRow[]> {
  const columns = Object.keys(TRANSFER_TABLES[table])
  const identity = identityOf(table)
  for (let last = ''; ;) {
    const rows = await db.selectFrom(table).select(columns).where(identity, '>', last).orderBy(identity).limit(TRANSFER_ROWS).execute()
    if (rows.length > 0) yield rows.map((row) => normalize(table, row))
    if (rows.length < TRANSFER_ROWS) return
    last = String(rows.at(-1)?.[identity])
  }
}

/** Some drivers give 64-bit integers as text. */
function normalize(table: TransferTable, row: TransferRow): TransferRow {
  const clean: TransferRow = {}
  for (const [column, kind] of Object.entries(TRANSFER_TABLES[table])) {
    const value = row[column] ?? null
    clean[column] = value === null ? null : kind === 'integer' ? Number(value) : String(value)
  }
  return clean
}

/** Takes the rows of a table in their order, and ends in its proof. */
export class TableProver {
  readonly #hash = createHash('sha256')
  #rows = 0

  add(rows: readonly TransferRow[]): void {
    for (const row of rows) this.#hash.update(`${JSON.stringify(Object.values(row))}\n`)
    this.#rows += rows.length
  }

  finish(): TableProof {
    return { rows: this.#rows, digest: this.#hash.digest('hex') }
  }
}

export async function proveTable(db: AnyTables, table: TransferTable): Promise<TableProof> {
  const prover = new TableProver()
  for await (const rows of readPieces(db, table)) prover.add(rows)
  return prover.finish()
}
