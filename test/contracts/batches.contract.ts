// The part of the store contract about files and batches of clients.
import { describe, expect, test } from '@jest/globals'
import type { Batch, ClientFile } from '../../src/domain/batch.ts'
import { limits } from '../../src/limits.ts'
import type { StoreUnderTest } from './store.contract.ts'

export function describeBatches(subject: () => StoreUnderTest): void {
  const aFile = (id: string, change: Partial<ClientFile> = {}): ClientFile => ({
    id,
    owner: 'cli_1',
    filename: 'größe 🦊.jsonl',
    purpose: 'batch',
    status: 'processed',
    bytes: 10,
    createdAtMs: 1_000,
    expiresAtMs: subject().clock.nowMs() + 1_000_000,
    ...change,
  })
  const aBatch = (id: string, change: Partial<Batch> = {}): Batch => ({
    id,
    owner: 'cli_1',
    endpoint: '/v1/chat/completions',
    inputFileId: 'file-1',
    outputFileId: 'file-2',
    errorFileId: 'file-3',
    completionWindow: '24h',
    metadata: { a: 'ü' },
    status: 'validating',
    faults: [],
    total: 0,
    completed: 0,
    failed: 0,
    createdAtMs: 1_000,
    expiresAtMs: 2_000,
    times: {},
    ...change,
  })

  describe('files', () => {
    test('are found again as they were stored', async () => {
      const { files } = subject().store
      await files.insert(aFile('file-a'))
      expect(await files.find('file-a')).toEqual(aFile('file-a'))
      expect(await files.find('file-A')).toBeUndefined()
      await files.update('file-a', { status: 'uploading', bytes: 20 })
      expect(await files.find('file-a')).toEqual(aFile('file-a', { status: 'uploading', bytes: 20 }))
    })

    test('are listed for their owner, both ways, without what is not ready or over', async () => {
      const { store, clock } = subject()
      for (const id of ['file-a', 'file-b', 'file-c']) await store.files.insert(aFile(id, { purpose: id === 'file-b' ? 'batch_output' : 'batch' }))
      await store.files.insert(aFile('file-d', { owner: 'cli_2' }))
      await store.files.insert(aFile('file-e', { status: 'uploading' }))
      await store.files.insert(aFile('file-f', { expiresAtMs: clock.nowMs() }))
      const list = async (listing: Parameters<typeof store.files.listOf>[1]): Promise<string[]> =>
        (await store.files.listOf('cli_1', listing, clock.nowMs())).map(({ id }) => id)
      expect(await list({ order: 'desc', limit: 10 })).toEqual(['file-c', 'file-b', 'file-a'])
      expect(await list({ order: 'asc', limit: 2 })).toEqual(['file-a', 'file-b'])
      expect(await list({ order: 'desc', limit: 10, after: 'file-b' })).toEqual(['file-a'])
      expect(await list({ order: 'asc', limit: 10, purpose: 'batch_output' })).toEqual(['file-b'])
      expect(await store.files.usage('cli_2')).toEqual({ bytes: 60, files: 1 })
      expect(await store.files.listExpired(clock.nowMs(), 10)).toEqual(['file-f'])
    })

    test('parts come back in order, each position once, in bounded pieces', async () => {
      const { files } = subject().store
      await files.insert(aFile('file-a'))
      expect(
        await files.addParts('file-a', [
          { position: 7, text: 'sieben 🦊' },
          { position: 2, text: "zwei\n'\\" },
        ]),
      ).toEqual([7, 2])
      expect(
        await files.addParts('file-a', [
          { position: 7, text: 'again' },
          { position: 9, text: '\u0001' },
        ]),
      ).toEqual([9])
      expect(await files.positions('file-a', 0, 2)).toEqual([2, 7])
      expect(await files.read('file-a', 0)).toEqual({ text: "zwei\n'\\sieben 🦊\u0001", last: 9 })
      expect(await files.read('file-a', 9)).toBeUndefined()
      expect(await files.size('file-a')).toBe(7 + 11 + 1)
      const large = 'x'.repeat(limits.filePieceBytes - 5)
      await files.addParts('file-a', [{ position: 10, text: large }])
      expect((await files.read('file-a', 2))?.last).toBe(9)
      expect(await files.read('file-a', 9)).toEqual({ text: large, last: 10 })
      expect(await files.size('file-none')).toBe(0)
    })

    test('are removed with their parts', async () => {
      const { files } = subject().store
      await files.insert(aFile('file-a'))
      const parts = Array.from({ length: 450 }, (_, index) => ({ position: index + 1, text: 'x' }))
      await files.addParts('file-a', parts)
      await files.addParts('file-b', parts.slice(0, 1))
      expect(await files.remove('file-a')).toBe(true)
      expect(await files.remove('file-a')).toBe(false)
      expect(await files.positions('file-a', 0, 10)).toEqual([])
      expect(await files.positions('file-b', 0, 10)).toEqual([1])
    })
  })

  describe('batches', () => {
    test('are found again as they were stored, with what became of them', async () => {
      const { batches } = subject().store
      await batches.insert(aBatch('batch_a'))
      await batches.insert(aBatch('batch_b', { metadata: undefined }))
      expect(await batches.find('batch_a')).toEqual(aBatch('batch_a'))
      expect(await batches.find('batch_b')).toEqual(aBatch('batch_b', { metadata: undefined }))
      const next = aBatch('batch_a', { status: 'failed', faults: [{ code: 'x', message: 'y', line: 3 }], total: 5, times: { failed: 7 } })
      expect(await batches.update(next, ['in_progress'])).toBe(false)
      expect(await batches.update(next, ['in_progress', 'validating'])).toBe(true)
      expect(await batches.find('batch_a')).toEqual(next)
    })

    test('counts add up', async () => {
      const { batches } = subject().store
      await batches.insert(aBatch('batch_a'))
      await Promise.all(Array.from({ length: 10 }, (_, index) => batches.count('batch_a', index, 1)))
      expect(await batches.find('batch_a')).toMatchObject({ completed: 45, failed: 10 })
    })

    test('are listed for their owner, newest first; those that are not over are known', async () => {
      const { batches } = subject().store
      for (const id of ['batch_a', 'batch_b', 'batch_c']) await batches.insert(aBatch(id, { status: id === 'batch_b' ? 'completed' : 'in_progress' }))
      await batches.insert(aBatch('batch_d', { owner: 'cli_2', inputFileId: 'file-9' }))
      const ids = (rows: readonly Batch[]): string[] => rows.map(({ id }) => id)
      expect(ids(await batches.listOf('cli_1', 2, undefined))).toEqual(['batch_c', 'batch_b'])
      expect(ids(await batches.listOf('cli_1', 2, 'batch_b'))).toEqual(['batch_a'])
      expect(await batches.countOpen('cli_1')).toBe(2)
      expect(ids(await batches.listOpen(10))).toEqual(['batch_a', 'batch_c', 'batch_d'])
      expect([await batches.isReading('file-1'), await batches.isReading('file-9'), await batches.isReading('file-2')]).toEqual([true, true, false])
      expect(await batches.removeEnded(1_001)).toBe(1)
      expect(await batches.find('batch_b')).toBeUndefined()
    })
  })
}
