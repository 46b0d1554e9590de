// What becomes of batches whose job is gone, and of files whose time is over.
import { afterEach, expect, test } from '@jest/globals'
import { Secret } from '../../../src/domain/secret.ts'
import type { OpenDatabase } from '../../../src/infrastructure/catalog.ts'
import { sqlite } from '../../../src/infrastructure/database/sqlite/driver.ts'
import { systemRandom } from '../../../src/infrastructure/system.ts'
import { limits } from '../../../src/limits.ts'
import { Batches } from '../../../src/services/batches.ts'
import { ClientFiles } from '../../../src/services/client-files.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const OWNER = 'cli_1'
let database: OpenDatabase | undefined

afterEach(async () => {
  await database?.events.close()
  await database?.store.close()
})

async function open(bytesMax = limits.filesBytesMax) {
  const clock = new FakeClock()
  database = await sqlite.open(new Secret('sqlite::memory:'), { clock, role: 'server' })
  const { store } = database
  const files = new ClientFiles({ store, clock, random: systemRandom, bytesMax })
  const batches = new Batches({ store, queue: store.jobs, files, clock, random: systemRandom })
  const upload = async (text: string) => {
    const begun = await files.begin(OWNER, text.length)
    await begun.write(Buffer.from(text))
    return begun.finish({ filename: 'x.jsonl' })
  }
  const create = async () => {
    const { id: inputFileId } = await upload('{}\n')
    return batches.create(OWNER, { inputFileId, endpoint: '/v1/embeddings', completionWindow: '24h', metadata: undefined, accountId: undefined })
  }
  return { clock, store, files, batches, upload, create }
}

test('a batch whose job a person cancelled is cancelled; one whose job waits is left alone', async () => {
  const { store, batches, create } = await open()
  const cancelled = await create()
  const [job] = (await store.jobs.listPage({ page: 1, limit: 10 })).rows
  await store.jobs.cancel(job?.id ?? '')
  const waiting = await create()
  await batches.pickUp()
  expect((await batches.get(OWNER, cancelled.id)).status).toBe('cancelled')
  expect((await batches.get(OWNER, waiting.id)).status).toBe('validating')
  expect((await store.jobs.listPage({ page: 1, limit: 10 })).total).toBe(2)
})

test('files are gone after their time, also those that never arrived whole', async () => {
  const { clock, store, files, batches, upload } = await open()
  const whole = await upload('{}\n')
  await (await files.begin(OWNER, 100)).write(Buffer.from('{"a":'))
  expect(await store.files.usage(OWNER)).toEqual({ bytes: 103, files: 2 })
  clock.advance(limits.fileUploadMs)
  await batches.pickUp()
  expect(await store.files.usage(OWNER)).toEqual({ bytes: 3, files: 1 })
  clock.advance(limits.fileKeptMs)
  await expect(files.get(OWNER, whole.id)).rejects.toMatchObject({ code: 'not_found' })
  await batches.pickUp()
  expect(await store.files.usage(OWNER)).toEqual({ bytes: 0, files: 0 })
})

test('room is reserved before a byte is taken; a file in use stays', async () => {
  const { files, batches, create } = await open(1_000)
  await files.begin(OWNER, 600)
  await expect(files.begin(OWNER, 600)).rejects.toMatchObject({ code: 'conflict' })
  const { inputFileId, id } = await create()
  await expect(files.remove(OWNER, inputFileId)).rejects.toMatchObject({ code: 'conflict' })
  await expect(files.remove('cli_2', inputFileId)).rejects.toMatchObject({ code: 'not_found' })
  await expect(batches.get('cli_2', id)).rejects.toMatchObject({ code: 'not_found' })
})
