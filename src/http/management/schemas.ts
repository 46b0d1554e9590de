// The parts that several schemas of the management API share.
import { z } from 'zod'
import type { Page } from '../../ports/store.ts'

/** Text for people: one line, no control characters. */
export function label(charsMax: number): z.ZodString {
  return z
    .string()
    .max(charsMax)
    .regex(/^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$/, 'must not contain control characters')
}

export const Id = z.string().min(1).max(64).describe('Opaque id.')
export const IdParams = z.strictObject({ id: Id })

export const Time = z.iso.datetime({ offset: true }).describe('RFC 3339.')

export const PageQuery = z.strictObject({
  page: z.coerce.number().int().min(1).max(1_000_000).default(1),
  limit: z.coerce.number().int().min(1).max(1000).default(50),
})

export const SearchQuery = PageQuery.extend({ search: z.string().max(200).optional() })

/** `true` or `false`, as a query says it. */
export const Flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((text) => text === 'true')

export function listOf(item: z.ZodType): z.ZodType {
  return z.object({ data: z.array(item), page: z.int(), limit: z.int(), total: z.int() })
}

/** `{"data":[…],"page":1,"limit":50,"total":N}` */
export function renderList<T>(page: { page: number; limit: number }, rows: Page<T>, render: (row: T) => unknown): unknown {
  return { data: rows.rows.map(render), page: page.page, limit: page.limit, total: rows.total }
}

/** RFC 3339 in UTC; null when there is none. */
export function renderTime(epochMs: number | undefined): string | null {
  return epochMs === undefined ? null : new Date(epochMs).toISOString()
}

export const NullableTime = z.iso.datetime().nullable()
