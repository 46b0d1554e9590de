// Wires what clients call below /v1 for files and batches; loaded with the first such request.
import type { RequestHandler } from 'express'
import { createBatchRouter } from '../http/batch-router.ts'
import { ClientGate } from '../proxy/client-gate.ts'
import type { Get } from './parts.ts'

export function createBatchHandlers(get: Get): { readonly batches: RequestHandler } {
  const gate = new ClientGate(get('dataPlaneOptions'))
  return {
    batches: createBatchRouter({ gate, files: get('clientFiles'), batches: get('batches'), requestIds: get('requestIds'), logger: get('logger') }),
  }
}
