// `/v1/files` and `/v1/batches`: lists of requests that clients leave here to be done in the background.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import express, { type RequestHandler, type Router } from 'express'
import { z } from 'zod'
import { GatewayError } from '../errors.ts'
import type { Logger } from '../ports/logger.ts'
import { StoreUnavailableError } from '../ports/store.ts'
import type { ClientGate } from '../proxy/client-gate.ts'
import { answerError } from '../proxy/gateway-answer.ts'
import type { RequestIds } from '../proxy/headers.ts'
import type { Batches } from '../services/batches.ts'
import { ownerOf } from '../services/client-auth.ts'
import type { ClientFiles } from '../services/client-files.ts'
import type { LiveClientKey } from '../services/snapshot.ts'
import { renderBatch, renderFile, renderList } from './batch-views.ts'
import { receiveFile } from './file-upload.ts'
import { readBody } from './request-body.ts'
import { parseQuery, validate } from './validation.ts'

export interface BatchRouterDependencies {
  readonly gate: ClientGate
  readonly files: ClientFiles
  readonly batches: Batches
  readonly requestIds: RequestIds
  readonly logger: Logger
}

interface Call {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly clientKey: LiveClientKey
  readonly owner: string
  /** From the path; empty where there is none. */
  readonly id: string
}

const BATCH_BODY_BYTES_MAX = 64 * 1024
const LIST_MAX = 10_000
const limit = (max: number, otherwise: number) => z.coerce.number().int().min(1).max(max).default(otherwise)
const after = z.string().max(128).optional()
const fileQuery = z.strictObject({
  limit: limit(LIST_MAX, LIST_MAX),
  order: z.enum(['asc', 'desc']).default('desc'),
  after,
  purpose: z.string().max(64).optional(),
})
const batchQuery = z.strictObject({ limit: limit(100, 20), after })
const newBatch = z.object({
  input_file_id: z.string().min(1).max(128),
  endpoint: z.string().min(1).max(600),
  completion_window: z.literal('24h'),
  metadata: z
    .record(z.string().max(64), z.string().max(512))
    .refine((pairs) => Object.keys(pairs).length <= 16, 'has more than 16 pairs')
    .nullish(),
})

export function createBatchRouter(dependencies: BatchRouterDependencies): Router {
  const { files, batches } = dependencies
  const router = express.Router({ caseSensitive: true })
  const serve = (work: (call: Call) => Promise<object | undefined>): RequestHandler => createHandler(work, dependencies)
  const file = '/v1/files/:id'
  const batch = '/v1/batches/:id'

  router.post(
    '/v1/files',
    serve(async ({ request, owner }) => renderFile(await receiveFile(request, owner, files))),
  )
  router.get(
    '/v1/files',
    serve(async ({ request, owner }) => {
      const query = validate(fileQuery, parseQuery(request), 'query')
      return renderList(await files.list(owner, { ...query, limit: query.limit + 1 }), query.limit, renderFile)
    }),
  )
  router.get(
    file,
    serve(async ({ owner, id }) => renderFile(await files.get(owner, id))),
  )
  router.delete(
    file,
    serve(async ({ owner, id }) => {
      await files.remove(owner, id)
      return { id, object: 'file', deleted: true }
    }),
  )
  router.get(
    `${file}/content`,
    serve(async ({ owner, id, response }) => {
      const { bytes } = await files.get(owner, id)
      response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': bytes, 'x-content-type-options': 'nosniff' })
      await pipeline(Readable.from(files.read(id)), response)
      return undefined
    }),
  )
  router.post(
    '/v1/batches',
    serve(async ({ request, owner, clientKey }) => {
      const body = validate(newBatch, (await readBody(request, ['json'], BATCH_BODY_BYTES_MAX)).value, '')
      const { input_file_id: inputFileId, endpoint, completion_window: completionWindow, metadata } = body
      const accountId = clientKey.accountId
      return renderBatch(await batches.create(owner, { inputFileId, endpoint, completionWindow, metadata: metadata ?? undefined, accountId }))
    }),
  )
  router.get(
    '/v1/batches',
    serve(async ({ request, owner }) => {
      const query = validate(batchQuery, parseQuery(request), 'query')
      return renderList(await batches.list(owner, query.limit + 1, query.after), query.limit, renderBatch)
    }),
  )
  router.get(
    batch,
    serve(async ({ owner, id }) => renderBatch(await batches.get(owner, id))),
  )
  router.post(
    `${batch}/cancel`,
    serve(async ({ owner, id }) => renderBatch(await batches.cancel(owner, id))),
  )
  return router
}

function createHandler(work: (call: Call) => Promise<object | undefined>, { gate, requestIds, logger }: BatchRouterDependencies): RequestHandler {
  return async (request, response) => {
    const requestId = requestIds.idFor(request.get('x-request-id'))
    response.setHeader('x-request-id', requestId)
    response.setHeader('request-id', requestId)
    response.setHeader('cache-control', 'no-store')
    let leave: (() => void) | undefined
    try {
      const entered = await gate.enter(request)
      leave = () => entered.leave()
      const { clientKey } = entered
      const id = (request.params as { id?: string }).id ?? ''
      const answer = await work({ request, response, clientKey, owner: ownerOf(clientKey), id })
      if (answer === undefined) return
      const body = JSON.stringify(answer)
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), 'x-content-type-options': 'nosniff' })
      response.end(body)
    } catch (thrown) {
      const error = toGatewayError(thrown)
      if (error.code === 'internal')
        logger.error('batch.request_failed', 'A request about files or batches failed', { request_id: requestId, error: describe(thrown) })
      // A download that cannot go on must not look complete.
      if (response.headersSent) response.destroy()
      else answerError(request, response, error, { dialect: 'openai', requestId, attempts: 0, upstream: undefined })
    } finally {
      leave?.()
    }
  }
}

function toGatewayError(thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown
  if (thrown instanceof StoreUnavailableError)
    return new GatewayError('degraded', 'The database cannot be reached, so files and batches cannot be either. Try again in a moment.', {
      retryAfterMs: 2_000,
    })
  return new GatewayError('internal', "The gateway failed to handle this request. Its log has the cause under the request's id.", { cause: thrown })
}

function describe(thrown: unknown): string {
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
}
