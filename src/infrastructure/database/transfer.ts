// Copies the source of truth of one database into another: one view of the source, one transaction in the target, proved before it counts.
import { GatewayError } from '../../errors.ts'
import type { Store } from '../../ports/store.ts'
import { CONFIG_VERSION } from './settings.ts'
import { KyselyStore } from './store.ts'
import { anyTables, type AnyTables, proveTable, readPieces, TableProver, type TableProof, type TransferProof, type TransferRow } from './transfer-proof.ts'
import { identityOf, LEFT_BEHIND, TRANSFER_ORDER, type TransferTable } from './transfer-tables.ts'

export interface TransferWatch {
  /** Called first, with the settings of the source as they are copied. A rejection ends the copy. */
  readonly onSettings: (settings: ReadonlyMap<string, string>) => Promise<void> | void
  /** Called for every row before it is written. A throw ends the copy. */
  readonly onRow: (table: TransferTable, row: TransferRow) => void
  /** Called after every piece. @param done rows of this table so far */
  readonly onProgress: (table: TransferTable, done: number) => void
}

/** Rows by table, for people. */
export type RowCounts = Readonly<Record<TransferTable, number>>

/** Reads everything and writes nothing. @throws what the watch throws, and StoreUnavailableError */
export async function proveSource(source: Store, watch: TransferWatch): Promise<TransferProof> {
  return tablesOf(source).tables('read', async (db) => pass(anyTables(db), watch, async () => {}))
}

/**
 * @param replacedRows how many rows of the target may be lost: exactly as many as it holds, 0 for a new one
 * @throws GatewayError conflict when the target holds another number of rows, internal when the copy does not equal its source.
 *   The target is then as it was before, and so it is when the process dies on the way.
 */
export async function copyTables(source: Store, target: Store, replacedRows: number, watch: TransferWatch): Promise<TransferProof> {
  return tablesOf(source).tables('read', (from) =>
    tablesOf(target).tables('write', async (to) => {
      const [reading, writing] = [anyTables(from), anyTables(to)]
      refuseOtherThan(replacedRows, await countHeld(writing))
      for (const table of [...TRANSFER_ORDER].reverse()) await clearTable(writing, table)
      for (const table of Object.keys(LEFT_BEHIND)) await writing.deleteFrom(table).execute()
      const proof = await pass(reading, watch, (table, rows) => insertRows(writing, table, rows))
      for (const table of TRANSFER_ORDER) refuseDifference(table, proof[table], await proveTable(writing, table))
      return proof
    }),
  )
}

/** What a target holds that a copy would remove. */
export async function countTarget(target: Store): Promise<RowCounts> {
  return tablesOf(target).tables('read', (db) => countHeld(anyTables(db)))
}

/** In pieces, because a statement has little time. The row that writers lock stays. */
async function clearTable(db: AnyTables, table: TransferTable): Promise<void> {
  if (table === 'counters') return void (await db.deleteFrom(table).where('name', '!=', CONFIG_VERSION).execute())
  const identity = identityOf(table)
  for await (const rows of readPieces(db, table)) {
    await db
      .deleteFrom(table)
      .where(identity, '<=', rows.at(-1)?.[identity] as string)
      .execute()
  }
}

async function insertRows(db: AnyTables, table: TransferTable, rows: readonly TransferRow[]): Promise<void> {
  const isLock = (row: TransferRow): boolean => table === 'counters' && row.name === CONFIG_VERSION
  for (const { name, value } of rows.filter(isLock)) await db.updateTable(table).set({ value }).where('name', '=', String(name)).execute()
  const others = rows.filter((row) => !isLock(row))
  if (others.length > 0) await db.insertInto(table).values(others).execute()
}

async function pass(db: AnyTables, watch: TransferWatch, write: (table: TransferTable, rows: readonly TransferRow[]) => Promise<void>): Promise<TransferProof> {
  const proofs: Partial<Record<TransferTable, TableProof>> = {}
  await watch.onSettings(await readSettings(db))
  for (const table of TRANSFER_ORDER) {
    const prover = new TableProver()
    let done = 0
    for await (const rows of readPieces(db, table)) {
      for (const row of rows) watch.onRow(table, row)
      await write(table, rows)
      prover.add(rows)
      watch.onProgress(table, (done += rows.length))
    }
    proofs[table] = prover.finish()
  }
  return proofs as TransferProof
}

async function readSettings(db: AnyTables): Promise<ReadonlyMap<string, string>> {
  const settings = new Map<string, string>()
  for await (const rows of readPieces(db, 'settings')) for (const { name, value } of rows) settings.set(String(name), String(value))
  return settings
}

async function countHeld(db: AnyTables): Promise<RowCounts> {
  const counts: Partial<Record<TransferTable, number>> = {}
  for (const table of TRANSFER_ORDER) {
    let query = db.selectFrom(table).select((eb) => eb.fn.countAll<number>().as('total'))
    // Migrations put it there; nobody has used it yet.
    if (table === 'counters') query = query.where('value', '>', 0)
    counts[table] = Number((await query.executeTakeFirstOrThrow()).total)
  }
  return counts as RowCounts
}

export function sumRows(counts: RowCounts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}

function refuseOtherThan(replacedRows: number, held: RowCounts): void {
  const total = sumRows(held)
  if (total === replacedRows) return
  const list = TRANSFER_ORDER.flatMap((table) => (held[table] > 0 ? [`${held[table]} in ${table}`] : [])).join(', ')
  if (total === 0) throw new GatewayError('conflict', `The target holds nothing, so there are no ${replacedRows} rows to replace. Leave --replace out.`)
  throw new GatewayError(
    'conflict',
    `The target is not empty: it holds ${total} rows (${list}). Give the URL of an empty database. Or, to remove all of them for good, add --replace ${total}; back it up first.`,
  )
}

function refuseDifference(table: TransferTable, wanted: TableProof, found: TableProof): void {
  if (wanted.rows === found.rows && wanted.digest === found.digest) return
  throw new GatewayError(
    'internal',
    `The copy of ${table} differs from its source (${wanted.rows} rows, digest ${wanted.digest.slice(0, 12)}; in the target ${found.rows}, ${found.digest.slice(0, 12)}). Nothing was kept in the target.`,
  )
}

function tablesOf(store: Store): KyselyStore {
  if (store instanceof KyselyStore) return store
  throw new TypeError('Only databases with the tables of this gateway can be copied')
}
