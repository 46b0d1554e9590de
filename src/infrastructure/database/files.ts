// Stores files of clients in parts, so that no statement carries a whole one.
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { ClientFile } from '../../domain/batch.ts'
import { limits } from '../../limits.ts'
import type { FileListing, FilePart, FileRepository } from '../../ports/batch-store.ts'
import type { FileRow } from './batch-row.ts'
import { changedAny, inTransaction } from './query.ts'
import type { CoreSchema } from './schema.ts'

/** Parts whose sizes are looked at, or that are removed, at once. */
const PIECE_PARTS = 200

export class KyselyFileRepository implements FileRepository {
  readonly #db: Kysely<CoreSchema>

  constructor(db: Kysely<CoreSchema>) {
    this.#db = db
  }

  async insert(file: ClientFile): Promise<void> {
    const { id, owner, filename, purpose, status, bytes, createdAtMs, expiresAtMs } = file
    const row: FileRow = { id, owner, filename, purpose, status, bytes, created_at_ms: createdAtMs, expires_at_ms: expiresAtMs }
    await this.#db.insertInto('files').values(row).execute()
  }

  async find(id: string): Promise<ClientFile | undefined> {
    const row = await this.#db.selectFrom('files').selectAll().where('id', '=', id).executeTakeFirst()
    return row && fromRow(row)
  }

  async listOf(owner: string, { order, limit, after, purpose }: FileListing, nowMs: number): Promise<readonly ClientFile[]> {
    let query = this.#db.selectFrom('files').selectAll().where('owner', '=', owner).where('status', '=', 'processed').where('expires_at_ms', '>', nowMs)
    if (after !== undefined) query = query.where('id', order === 'asc' ? '>' : '<', after)
    if (purpose !== undefined) query = query.where('purpose', '=', purpose as FileRow['purpose'])
    return (await query.orderBy('id', order).limit(limit).execute()).map(fromRow)
  }

  async usage(owner: string): Promise<{ readonly bytes: number; readonly files: number }> {
    const { bytes } = await this.#db
      .selectFrom('files')
      .select((eb) => eb.fn.sum<number | null>('bytes').as('bytes'))
      .executeTakeFirstOrThrow()
    const { files } = await this.#db
      .selectFrom('files')
      .select((eb) => eb.fn.countAll<number>().as('files'))
      .where('owner', '=', owner)
      .executeTakeFirstOrThrow()
    return { bytes: Number(bytes ?? 0), files: Number(files) }
  }

  async update(id: string, { status, filename, purpose, bytes, expiresAtMs }: Parameters<FileRepository['update']>[1]): Promise<void> {
    const change = { status, filename, purpose, bytes, expires_at_ms: expiresAtMs }
    const set = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
    await this.#db.updateTable('files').set(set).where('id', '=', id).execute()
  }

  async addParts(fileId: string, parts: readonly FilePart[]): Promise<readonly number[]> {
    if (parts.length === 0) return []
    return inTransaction(this.#db, async (db) => {
      const positions = parts.map(({ position }) => position)
      const taken = await db.selectFrom('file_parts').select('position').where('file_id', '=', fileId).where('position', 'in', positions).execute()
      const known = new Set(taken.map(({ position }) => Number(position)))
      const added: number[] = []
      // One statement each: a part may be as large as a server takes in one packet.
      for (const { position, text } of parts) {
        if (known.has(position)) continue
        known.add(position)
        await db
          .insertInto('file_parts')
          .values({ file_id: fileId, position, bytes: Buffer.byteLength(text), content: text })
          .execute()
        added.push(position)
      }
      return added
    })
  }

  async positions(fileId: string, after: number, limit: number): Promise<readonly number[]> {
    const rows = await this.#db
      .selectFrom('file_parts')
      .select('position')
      .where('file_id', '=', fileId)
      .where('position', '>', after)
      .orderBy('position')
      .limit(limit)
      .execute()
    return rows.map(({ position }) => Number(position))
  }

  async size(fileId: string): Promise<number> {
    const { bytes } = await this.#db
      .selectFrom('file_parts')
      .select((eb) => eb.fn.sum<number | null>('bytes').as('bytes'))
      .where('file_id', '=', fileId)
      .executeTakeFirstOrThrow()
    return Number(bytes ?? 0)
  }

  async read(fileId: string, after: number): Promise<{ readonly text: string; readonly last: number } | undefined> {
    const parts = this.#db.selectFrom('file_parts').where('file_id', '=', fileId).where('position', '>', after).orderBy('position')
    const sizes = await parts.select(['position', 'bytes']).limit(PIECE_PARTS).execute()
    let total = 0
    let last: number | undefined
    for (const { position, bytes } of sizes) {
      if (last !== undefined && total + Number(bytes) > limits.filePieceBytes) break
      total += Number(bytes)
      last = Number(position)
    }
    if (last === undefined) return undefined
    const rows = await parts.select('content').where('position', '<=', last).execute()
    return { text: rows.map(({ content }) => content).join(''), last }
  }

  async remove(id: string): Promise<boolean> {
    // The file last: whatever happens on the way, what is left is found again by it.
    for (let last = 0; ;) {
      const positions = await this.positions(id, last, PIECE_PARTS)
      if (positions.length === 0) break
      last = positions.at(-1) as number
      await this.#db.deleteFrom('file_parts').where('file_id', '=', id).where('position', '<=', last).execute()
    }
    return changedAny(await this.#db.deleteFrom('files').where('id', '=', id).execute())
  }

  async listExpired(nowMs: number, limit: number): Promise<readonly string[]> {
    const rows = await this.#db
      .selectFrom('files')
      .select('id')
      .where('expires_at_ms', '<=', nowMs)
      .orderBy(sql`expires_at_ms`)
      .limit(limit)
      .execute()
    return rows.map(({ id }) => id)
  }
}

function fromRow(row: FileRow): ClientFile {
  const { id, owner, filename, purpose, status } = row
  return { id, owner, filename, purpose, status, bytes: Number(row.bytes), createdAtMs: Number(row.created_at_ms), expiresAtMs: Number(row.expires_at_ms) }
}
