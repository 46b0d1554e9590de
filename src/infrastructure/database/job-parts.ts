// Bulk beside jobs, in parts that every database takes in one statement.
import type { Kysely } from 'kysely'
import { limits } from '../../limits.ts'
import { JobRefusedError } from '../../ports/job-queue.ts'
import type { JobPartRow } from './job-row.ts'
import { chunks } from './query.ts'
import type { CoreSchema } from './schema.ts'

/** @throws JobRefusedError */
export function refuseLargeParts(parts: readonly string[]): void {
  if (parts.length > limits.jobPartsMax) throw new JobRefusedError(`A job has at most ${limits.jobPartsMax} parts, not ${parts.length}.`)
  const large = parts.find((part) => part.length > limits.jobPartBytesMax)
  if (large !== undefined) throw new JobRefusedError(`A part of a job has at most ${limits.jobPartBytesMax} characters, not ${large.length}.`)
}

/** One statement each: a part may be as large as a statement may be. */
export async function insertParts(db: Kysely<CoreSchema>, jobId: string, place: JobPartRow['place'], parts: readonly string[]): Promise<void> {
  for (const [index, content] of parts.entries()) await db.insertInto('job_parts').values({ job_id: jobId, place, part_index: index, content }).execute()
}

export async function replacePart(db: Kysely<CoreSchema>, row: JobPartRow): Promise<void> {
  const { job_id, place, part_index } = row
  await db.deleteFrom('job_parts').where('job_id', '=', job_id).where('place', '=', place).where('part_index', '=', part_index).execute()
  await db.insertInto('job_parts').values(row).execute()
}

export async function removeParts(db: Kysely<CoreSchema>, jobIds: readonly string[], place?: JobPartRow['place']): Promise<void> {
  for (const some of chunks(jobIds)) {
    const query = db.deleteFrom('job_parts').where('job_id', 'in', some)
    await (place === undefined ? query : query.where('place', '=', place)).execute()
  }
}
