// Wires files and batches of clients.
import { BatchRequests } from '../proxy/batch-requests.ts'
import { createBatchKind } from '../services/batch-kind.ts'
import { BATCH_UPKEEP, createBatchUpkeepKind } from '../services/batch-upkeep-kind.ts'
import { Batches } from '../services/batches.ts'
import { ClientFiles } from '../services/client-files.ts'
import type { JobKind } from '../services/job-kind.ts'
import type { Get, Provide } from './parts.ts'

export function registerBatches(provide: Provide): void {
  provide('clientFiles', (get) => {
    const { filesBytesMax: bytesMax } = get('config')
    return new ClientFiles({ store: get('store'), clock: get('clock'), random: get('random'), bytesMax })
  })
  provide(
    'batches',
    (get) => new Batches({ store: get('store'), queue: get('jobQueue'), files: get('clientFiles'), clock: get('clock'), random: get('random') }),
  )
}

export const BATCH_SCHEDULES = [BATCH_UPKEEP]

export function createBatchKinds(get: Get): readonly JobKind[] {
  const sender = new BatchRequests({ ...get('dataPlaneOptions'), dataPlane: get('dataPlane') })
  const batch = createBatchKind({ store: get('store'), files: get('clientFiles'), sender, clock: get('clock') })
  return [batch, createBatchUpkeepKind(get('batches'))] as JobKind[]
}
