// Everything that is sealed in the database, table by table, for what gives it new keys.
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { SealedTable, SealedValue, SealedValueRepository } from '../../ports/key-rotation.ts'
import { changedAny } from './query.ts'
import type { CoreSchema } from './schema.ts'

const TENANT = 'default'
const BETWEEN = '/'

export class KyselySealedValueRepository implements SealedValueRepository {
  readonly #db: Kysely<CoreSchema>

  constructor(db: Kysely<CoreSchema>) {
    this.#db = db
  }

  async list(table: SealedTable, after: string, limit: number, without?: string): Promise<readonly SealedValue[]> {
    return table === 'upstream_keys' ? this.#listKeys(after, limit, without) : this.#listParts(after, limit, without)
  }

  async #listKeys(after: string, limit: number, without: string | undefined): Promise<readonly SealedValue[]> {
    let query = this.#db.selectFrom('upstream_keys').select(['id', 'sealed_value', 'value_digest']).where('id', '>', after)
    if (without !== undefined) query = query.where('sealed_value', 'not like', `${without}%`)
    return (await query.orderBy('id').limit(limit).execute()).map(({ id, sealed_value: sealed, value_digest: digest }) => ({
      id,
      sealed,
      digest,
      place: { table: 'upstream_keys', column: 'sealed_value', tenant: TENANT, id },
    }))
  }

  async #listParts(after: string, limit: number, without: string | undefined): Promise<readonly SealedValue[]> {
    const [jobId = '', place = '', index = '-1'] = after.split(BETWEEN)
    let query = this.#db
      .selectFrom('job_parts')
      .selectAll()
      .where((eb) =>
        eb.or([
          eb('job_id', '>', jobId),
          eb.and([eb('job_id', '=', jobId), eb('place', '>', sql<'input'>`${place}`)]),
          eb.and([eb('job_id', '=', jobId), eb('place', '=', sql<'input'>`${place}`), eb('part_index', '>', Number(index))]),
        ]),
      )
    if (without !== undefined) query = query.where('content', 'not like', `${without}%`)
    return (await query.orderBy('job_id').orderBy('place').orderBy('part_index').limit(limit).execute()).map((row) => ({
      id: [row.job_id, row.place, row.part_index].join(BETWEEN),
      sealed: row.content,
      digest: undefined,
      place: { table: 'job_parts', column: row.place, tenant: TENANT, id: `${row.job_id}/${row.part_index}` },
    }))
  }

  async countOthers(prefix: string): Promise<number> {
    const keys = await this.#db
      .selectFrom('upstream_keys')
      .select((eb) => eb.fn.countAll<number>().as('total'))
      .where('sealed_value', 'not like', `${prefix}%`)
      .executeTakeFirstOrThrow()
    const parts = await this.#db
      .selectFrom('job_parts')
      .select((eb) => eb.fn.countAll<number>().as('total'))
      .where('content', 'not like', `${prefix}%`)
      .executeTakeFirstOrThrow()
    return Number(keys.total) + Number(parts.total)
  }

  async replace(table: SealedTable, changes: readonly { readonly value: SealedValue; readonly sealed: string }[]): Promise<number> {
    let replaced = 0
    for (const { value, sealed } of changes) {
      const results = table === 'upstream_keys' ? await this.#replaceKey(value, sealed) : await this.#replacePart(value, sealed)
      if (changedAny(results)) replaced++
    }
    return replaced
  }

  #replaceKey({ id, sealed: before }: SealedValue, sealed: string) {
    return this.#db.updateTable('upstream_keys').set({ sealed_value: sealed }).where('id', '=', id).where('sealed_value', '=', before).execute()
  }

  #replacePart({ id, sealed: before }: SealedValue, content: string) {
    const [jobId = '', place = '', index = ''] = id.split(BETWEEN)
    return this.#db
      .updateTable('job_parts')
      .set({ content })
      .where('job_id', '=', jobId)
      .where('place', '=', sql<'input'>`${place}`)
      .where('part_index', '=', Number(index))
      .where('content', '=', before)
      .execute()
  }
}
