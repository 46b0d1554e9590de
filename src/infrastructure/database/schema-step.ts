// Steps of a migration that may find their work done: where DDL does not roll back, a migration that was cut short is run again.
import type { Kysely } from 'kysely'
import type { SchemaTraits } from './traits.ts'

/** Makes a table, a column or an index, unless it is there. */
export async function make(step: { execute(): Promise<unknown> }, { isAlreadyThere }: SchemaTraits): Promise<void> {
  try {
    await step.execute()
  } catch (error) {
    if (!isAlreadyThere(error)) throw error
  }
}

/** Makes a counter that starts at 0, unless it is there. */
export async function makeCounter(db: Kysely<unknown>, name: string): Promise<void> {
  const counters = db as Kysely<{ counters: { name: string; value: number } }>
  const existing = await counters.selectFrom('counters').select('name').where('name', '=', name).executeTakeFirst()
  if (existing === undefined) await counters.insertInto('counters').values({ name, value: 0 }).execute()
}
