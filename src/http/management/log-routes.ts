// The request log: pages of it, one request with what was decided, and exports.
import { z } from 'zod'
import { GatewayError } from '../../errors.ts'
import { limits } from '../../limits.ts'
import type { LogFilter } from '../../ports/request-log.ts'
import type { RequestLogReader } from '../../services/request-log-reader.ts'
import { renderPosition } from '../../domain/log-segment.ts'
import { createExport, ExportFormat } from '../export.ts'
import { route } from '../registry.ts'
import type { Route } from '../registry.ts'
import { LOG_COLUMNS, LogDetailView, LogView, OUTCOMES, renderLogged, renderLoggedDetail } from './log-view.ts'
import { Id, Time } from './schemas.ts'

const text = z.string().min(1).max(255).optional()

const LogFilterQuery = z.strictObject({
  from: Time.optional().describe('Requests that ended then or later. RFC 3339.'),
  until: Time.optional().describe('Requests that ended before. RFC 3339.'),
  upstream: text.describe('Slug.'),
  route: text.describe('Name of the route that took the request.'),
  client_key: text.describe('Id.'),
  account: text.describe('Id. Only for people of the whole gateway.'),
  model: text,
  key: text.describe('Id of the upstream key of the last attempt. Only for people of the whole gateway.'),
  status: z
    .string()
    .regex(/^[1-5](?:xx|\d\d)$/, 'must be a status such as 429, or a class such as 5xx')
    .optional()
    .describe('e.g. 429 or 5xx.'),
  outcome: z.enum(OUTCOMES).optional(),
  error_code: text,
  min_duration_ms: z.coerce.number().min(0).max(86_400_000).optional(),
  request_id: z.string().min(1).max(128).optional(),
  search: z.string().min(1).max(200).optional().describe('Part of path, model, request id or error code.'),
})

const LogQuery = LogFilterQuery.extend({
  limit: z.coerce.number().int().min(1).max(1000).default(50),
  cursor: z.string().max(32).optional().describe('next_cursor of the answer before.'),
})

const LogPageView = z.object({
  data: z.array(LogView),
  next_cursor: Id.nullable().describe(
    'Go on with it, also after a page with fewer entries than asked for: one call looks through a bounded part of the log. null at the end.',
  ),
})

export function createLogRoutes(logs: RequestLogReader): Route[] {
  return [
    route({
      method: 'get',
      path: '/logs',
      permission: 'viewer',
      account: 'own',
      summary: 'List requests, newest first',
      tag: 'logs',
      query: LogQuery,
      responses: { 200: { description: 'Requests; people of an account see those of its client keys.', schema: LogPageView } },
      handle: async ({ query: { limit, cursor, ...filter }, own }) => {
        const { rows, next } = await logs.list(parseFilter(filter, own), limit, cursor)
        const data = rows.map((row) => renderLogged(row, own !== undefined))
        return { status: 200, body: { data, next_cursor: next === undefined ? null : renderPosition(next) } }
      },
    }),
    route({
      method: 'get',
      path: '/logs/export',
      permission: 'viewer',
      account: 'own',
      summary: `Export requests, newest first, as CSV or as a JSON object per line; at most ${limits.logExportsMax} exports run at once`,
      tag: 'logs',
      query: LogFilterQuery.extend({ format: ExportFormat }),
      responses: { 200: { description: 'All that fit. An export that ends is complete.', schema: z.string(), contentType: 'text/csv' } },
      handle: async ({ query: { format, ...filter }, own }) => {
        const pieces = renderPieces(logs.exportRows(parseFilter(filter, own)), (row) => renderLogged(row, own !== undefined))
        return createExport('requests', format, LOG_COLUMNS, pieces)
      },
    }),
    route({
      method: 'get',
      path: '/logs/:id',
      permission: 'viewer',
      account: 'own',
      summary: 'Get one request by its request id, with every attempt and the time of each phase',
      tag: 'logs',
      params: z.strictObject({ id: z.string().min(1).max(128).describe('Request id: x-request-id of the answer.') }),
      responses: { 200: { description: 'The newest one with this id.', schema: LogDetailView } },
      handle: async ({ params, own }) => {
        const exchange = await logs.get(params.id, own)
        const masked = own === undefined ? await logs.maskedKeys(exchange.tries.map(({ keyId }) => keyId)) : new Map<string, string>()
        return { status: 200, body: renderLoggedDetail(exchange, masked, own !== undefined) }
      },
    }),
  ]
}

/** Each piece as it is shown. */
export async function* renderPieces<T, R>(pieces: AsyncGenerator<readonly T[]>, render: (row: T) => R): AsyncGenerator<readonly R[]> {
  for await (const piece of pieces) yield piece.map(render)
}

/** @throws GatewayError validation_failed for what people of an account may not ask for */
export function refuseFilters(given: Readonly<Record<string, string | undefined>>): void {
  const errors = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [{ path: `/query/${name}`, message: 'is not a known field' }]))
  const [first] = errors
  if (first !== undefined)
    throw new GatewayError('validation_failed', `Invalid input: ${first.path} is not a known field for people of an account.`, { errors })
}

function parseFilter(query: z.output<typeof LogFilterQuery>, own: string | undefined): LogFilter {
  if (own !== undefined) refuseFilters({ account: query.account, key: query.key })
  const { from, until, client_key, account, key, status, outcome, error_code, min_duration_ms, request_id, ...same } = query
  const isClass = status?.endsWith('xx') === true
  const first = status === undefined ? undefined : Number(isClass ? `${status.charAt(0)}00` : status)
  return {
    ...same,
    fromMs: from === undefined ? undefined : Date.parse(from),
    untilMs: until === undefined ? undefined : Date.parse(until),
    clientKeyId: client_key,
    accountId: own ?? account,
    keyId: key,
    statusMin: first,
    statusMax: first === undefined || !isClass ? first : first + 99,
    outcomes: outcome && [outcome],
    errorCode: error_code,
    durationMsMin: min_duration_ms,
    requestId: request_id,
  }
}
