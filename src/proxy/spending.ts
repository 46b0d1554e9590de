// Lets a request out when its token limits and budgets have room for what it may take.
import { headerValue } from '../domain/message.ts'
import { NO_USAGE, totalTokens } from '../domain/usage.ts'
import type { LiveClientKey } from '../services/snapshot.ts'
import type { SpendingEstimate } from '../services/spending-limiter.ts'
import { metersOf, type SpendingMeter } from '../services/spending-meters.ts'
import { askedModel } from './asked-model.ts'
import { whenCounted } from './caller.ts'
import type { DataPlaneDependencies } from './data-plane-dependencies.ts'
import type { Admission, Applicant } from './exchange-parts.ts'
import { estimateTokens } from './spending-estimate.ts'

const NOTHING: SpendingEstimate = { tokens: 0, costMicroUsd: undefined }

/** One whose client key and account have neither is let through in the same turn. */
export function withinSpending(
  exchange: Applicant,
  clientKey: LiveClientKey,
  admission: Admission,
  dependencies: Pick<DataPlaneDependencies, 'spending' | 'prices' | 'clock'>,
  next: (admission: Admission) => void,
): void {
  const meters = metersOf(clientKey)
  if (meters === undefined || !consumes(exchange, admission)) return next(admission)
  whenCounted(exchange, dependencies.spending.reserve(meters, estimate(exchange, admission, meters, dependencies)), () => next(admission))
}

/** Lists and look-ups cost nothing; only models count in tokens. */
function consumes({ start }: Applicant, { entry, body }: Admission): boolean {
  if (entry.upstream.kind !== 'llm') return false
  return start.upgrade !== undefined || body.buffer !== undefined || body.stream !== undefined
}

function estimate(
  { start }: Applicant,
  admission: Admission,
  meters: readonly SpendingMeter[],
  { prices, clock }: Pick<DataPlaneDependencies, 'prices' | 'clock'>,
): SpendingEstimate {
  const { head } = start
  const { body, destination, path } = admission
  // What is not metered takes nothing that could be settled, but passes only while something is left.
  if (start.upgrade !== undefined || head.method !== 'POST' || destination.adapter.createMeter?.(path, false) === undefined) return NOTHING
  const encoding = headerValue(head.headers, 'content-encoding')
  const { input, output } = estimateTokens(body.buffer, head.contentLength, encoding === undefined || encoding === 'identity')
  const usage = { ...NO_USAGE, input, output }
  const isPaid = meters.some(({ unit }) => unit === 'usd')
  const costMicroUsd = isPaid ? prices.costOf(destination.adapter.name, askedModel(head, admission), usage, clock.nowMs()) : undefined
  return { tokens: totalTokens(usage), costMicroUsd }
}
