// Who used how much: sums of requests, tokens and cost.
import { z } from 'zod'
import { USAGE_GROUPS, type UsageGroup, type UsageRow, type UsageSums } from '../../ports/request-log.ts'
import type { RequestLogReader, UsageAsk } from '../../services/request-log-reader.ts'
import { createExport, ExportFormat, type ExportRow } from '../export.ts'
import { route } from '../registry.ts'
import type { Route } from '../registry.ts'
import { refuseFilters, renderPieces } from './log-routes.ts'
import { PageQuery, Time, renderTime } from './schemas.ts'

const GROUPS_MAX = 3
const GROUP_LIST = new RegExp(`^(?:${USAGE_GROUPS.join('|')})(?:,(?:${USAGE_GROUPS.join('|')})){0,${GROUPS_MAX - 1}}$`)
const text = z.string().max(255).optional()

const UsageQuery = z.strictObject({
  from: Time.optional().describe('Default: 30 days before until; 7 when grouped by hour, 1 by minute.'),
  until: Time.optional().describe('Exclusive. Default: now.'),
  group_by: z
    .string()
    .regex(GROUP_LIST, `must be one to ${GROUPS_MAX} of ${USAGE_GROUPS.join(', ')}, with commas between them`)
    .default('day')
    .transform((names) => [...new Set(names.split(','))] as UsageGroup[])
    .describe(`One to ${GROUPS_MAX} of ${USAGE_GROUPS.join(', ')}, with commas between them. Times are in UTC.`),
  upstream: text.describe('Slug.'),
  model: text,
  client_key: text.describe('Id.'),
  account: text.describe('Id. Only for people of the whole gateway.'),
})

const SumsView = z.object({
  requests: z.int(),
  errors: z.int().describe('Requests that were answered with an error: upstream_error, rejected and exhausted.'),
  ok: z.int(),
  absorbed: z.int().describe('Served, after failures that the client never saw.'),
  upstream_error: z.int(),
  rejected: z.int(),
  exhausted: z.int(),
  aborted: z.int().describe('The client left first.'),
  attempts: z.int(),
  bytes_in: z.int(),
  bytes_out: z.int(),
  input_tokens: z.int(),
  output_tokens: z.int(),
  cache_read_tokens: z.int(),
  cache_write_tokens: z.int(),
  reasoning_tokens: z.int(),
  total_tokens: z.int(),
  estimated_requests: z.int().describe('Requests whose tokens were estimated.'),
  cost_usd: z.number().describe('Estimated.'),
  unpriced_requests: z.int().describe('Requests with tokens of a model without a known price: they are missing in cost_usd.'),
  mean_duration_ms: z.number().nullable(),
})

const GroupView = SumsView.extend({
  client_key_id: z.string().optional(),
  account_id: z.string().nullable().optional(),
  upstream: z.string().optional(),
  model: z.string().optional(),
  from: z.iso.datetime().optional().describe('Start of the day, hour or minute, when it is grouped by one.'),
})

const UsageView = z.object({
  from: z.iso.datetime(),
  until: z.iso.datetime().describe('The range in whole minutes; further back in whole hours or days, because only those are kept.'),
  data: z.array(GroupView),
  totals: SumsView.describe('Over all groups.'),
  page: z.int(),
  limit: z.int(),
  total: z.int().describe('Groups.'),
})

export function createUsageRoutes(logs: RequestLogReader): Route[] {
  return [
    route({
      method: 'get',
      path: '/usage',
      permission: 'viewer',
      account: 'own',
      summary: 'Sum up requests, tokens and estimated cost, by client key, account, upstream, model and time',
      tag: 'usage',
      query: UsageQuery.extend(PageQuery.shape),
      responses: { 200: { description: 'The most requests first, or in the order of time; people of an account see theirs.', schema: UsageView } },
      handle: async ({ query: { page, limit, ...ask }, own }) => {
        const { rows, total, sums, fromMs, untilMs } = await logs.usage(parseAsk(ask, own), { limit, offset: (page - 1) * limit })
        const range = { from: renderTime(fromMs), until: renderTime(untilMs) }
        return { status: 200, body: { ...range, data: rows.map(renderGroup), totals: renderSums(sums), page, limit, total } }
      },
    }),
    route({
      method: 'get',
      path: '/usage/export',
      permission: 'viewer',
      account: 'own',
      summary: 'Export sums as CSV or as a JSON object per line',
      tag: 'usage',
      query: UsageQuery.extend({ format: ExportFormat }),
      responses: { 200: { description: 'All groups. An export that ends is complete.', schema: z.string(), contentType: 'text/csv' } },
      handle: async ({ query: { format, ...query }, own }) => {
        const ask = parseAsk(query, own)
        const columns = [...ask.groupBy.map((group) => COLUMN_OF[group]), ...Object.keys(SumsView.shape)]
        const pieces = renderPieces(logs.exportUsage(ask), (row) => renderGroup(row) as ExportRow)
        return createExport('usage', format, columns, pieces)
      },
    }),
  ]
}

const COLUMN_OF: Readonly<Record<UsageGroup, keyof z.output<typeof GroupView>>> = {
  client_key: 'client_key_id',
  account: 'account_id',
  upstream: 'upstream',
  model: 'model',
  day: 'from',
  hour: 'from',
  minute: 'from',
}

/** @throws GatewayError validation_failed for what people of an account may not ask for */
function parseAsk(query: z.output<typeof UsageQuery>, own: string | undefined): UsageAsk {
  if (own !== undefined) refuseFilters({ account: query.account })
  const { from, until, group_by: groupBy, upstream, model, client_key: clientKeyId, account } = query
  const range = { fromMs: from === undefined ? undefined : Date.parse(from), untilMs: until === undefined ? undefined : Date.parse(until) }
  return { ...range, groupBy, upstream, model, clientKeyId, accountId: own ?? account } as UsageAsk
}

function renderGroup({ clientKeyId, accountId, upstream, model, bucketMs, ...sums }: UsageRow): z.input<typeof GroupView> {
  return {
    ...(clientKeyId === undefined ? {} : { client_key_id: clientKeyId }),
    ...(accountId === undefined ? {} : { account_id: accountId || null }),
    ...(upstream === undefined ? {} : { upstream }),
    ...(model === undefined ? {} : { model }),
    ...(bucketMs === undefined ? {} : { from: renderTime(bucketMs) as string }),
    ...renderSums(sums),
  }
}

function renderSums(sums: UsageSums): z.input<typeof SumsView> {
  return {
    requests: sums.requests,
    errors: sums.upstreamError + sums.rejected + sums.exhausted,
    ok: sums.ok,
    absorbed: sums.absorbed,
    upstream_error: sums.upstreamError,
    rejected: sums.rejected,
    exhausted: sums.exhausted,
    aborted: sums.aborted,
    attempts: sums.attempts,
    bytes_in: sums.bytesIn,
    bytes_out: sums.bytesOut,
    input_tokens: sums.input,
    output_tokens: sums.output,
    cache_read_tokens: sums.cacheRead,
    cache_write_tokens: sums.cacheWrite,
    reasoning_tokens: sums.reasoning,
    total_tokens: sums.input + sums.output,
    estimated_requests: sums.estimated,
    cost_usd: sums.costMicroUsd / 1e6,
    unpriced_requests: sums.unpriced,
    mean_duration_ms: sums.requests === 0 ? null : Math.round(sums.durationUs / sums.requests) / 1000,
  }
}
