// How an upstream is written and shown.
import { z } from 'zod'
import { KEY_LOCATIONS, STRATEGIES, UPSTREAM_KINDS } from '../../domain/upstream.ts'
import { KEY_STATES } from '../../domain/upstream-key.ts'
import { limits } from '../../limits.ts'
import type { UpstreamWithCounts } from '../../services/upstream-admin.ts'
import type { UpstreamInput } from '../../services/upstream-input.ts'
import {
  BalanceField,
  CircuitBreakerField,
  HealthCheckField,
  parseCircuitBreaker,
  parseHealthCheck,
  renderCircuitBreaker,
  renderHealthCheck,
} from './balancing-view.ts'
import { Id, renderTime } from './schemas.ts'

const DAY_MS = 86_400_000

const TargetBody = z.strictObject({ url: z.string().min(1).max(2048), weight: z.int().min(1).max(1000).default(1) })

function timeout(what: string): z.ZodOptional<z.ZodNullable<z.ZodInt>> {
  return z.int().min(1).max(DAY_MS).nullable().optional().describe(`ms ${what}; null = the default.`)
}

/** Every field is optional here; what a new upstream needs is checked by the service, which knows the adapter. */
export const UpstreamBody = z.strictObject({
  slug: z.string().max(63).optional().describe('Lower-case letters, digits, - and _; part of the path that clients call.'),
  name: z.string().max(100).optional(),
  kind: z.enum(UPSTREAM_KINDS).optional().describe('Follows from the adapter.'),
  adapter: z.string().max(63).optional().describe('See GET /adapters. Default: generic.'),
  base_url: z.string().max(2048).optional().describe('Instead of targets. Default: that of the adapter.'),
  targets: z.array(TargetBody).min(1).max(32).optional(),
  balance: BalanceField.optional().describe('How requests are shared between targets. Default: round_robin.'),
  health_check: HealthCheckField.nullable().optional().describe('null = none.'),
  circuit_breaker: CircuitBreakerField.optional(),
  key_location: z.enum(KEY_LOCATIONS).optional(),
  key_name: z.string().max(64).optional(),
  key_prefix: z.string().max(128).optional(),
  enabled: z.boolean().optional(),
  strategy: z.enum(STRATEGIES).optional(),
  max_attempts: z.int().min(1).max(limits.attemptsMax).optional(),
  connect_timeout_ms: timeout('to connect'),
  first_byte_timeout_ms: timeout('to the first byte of the answer'),
  idle_timeout_ms: timeout('of silence inside an answer'),
  total_timeout_ms: timeout('for the whole exchange'),
  retry_ambiguous: z.boolean().optional().describe('Replay POST and PATCH after an ambiguous failure: they may run twice at the vendor.'),
})

const count = z.int().min(0)

export const UpstreamView = z.object({
  id: Id,
  slug: z.string(),
  name: z.string(),
  kind: z.enum(UPSTREAM_KINDS),
  adapter: z.string(),
  base_url: z.string().describe('URL of the first target.'),
  targets: z.array(z.object({ url: z.string(), weight: z.int() })),
  balance: BalanceField,
  health_check: HealthCheckField.nullable(),
  circuit_breaker: CircuitBreakerField,
  key_location: z.enum(KEY_LOCATIONS),
  key_name: z.string(),
  key_prefix: z.string(),
  enabled: z.boolean(),
  strategy: z.enum(STRATEGIES),
  max_attempts: z.int(),
  connect_timeout_ms: z.int().nullable(),
  first_byte_timeout_ms: z.int().nullable(),
  idle_timeout_ms: z.int().nullable(),
  total_timeout_ms: z.int().nullable(),
  retry_ambiguous: z.boolean(),
  managed_by: z.enum(['person', 'environment', 'demo']),
  proxy_path: z.string().describe('Path below the gateway under which clients reach it.'),
  keys: z.object({ ...Object.fromEntries(KEY_STATES.map((state) => [state, count])), total: count }).describe('How many keys are in which state.'),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
})

/** `null` means the default: it becomes undefined inside `timeouts`, while an absent field stays out of it. */
export function parseUpstreamBody(body: z.output<typeof UpstreamBody>): UpstreamInput {
  const timeouts = {
    ...('connect_timeout_ms' in body && { connectMs: body.connect_timeout_ms ?? undefined }),
    ...('first_byte_timeout_ms' in body && { firstByteMs: body.first_byte_timeout_ms ?? undefined }),
    ...('idle_timeout_ms' in body && { idleMs: body.idle_timeout_ms ?? undefined }),
    ...('total_timeout_ms' in body && { totalMs: body.total_timeout_ms ?? undefined }),
  }
  return {
    slug: body.slug,
    name: body.name,
    kind: body.kind,
    adapter: body.adapter,
    baseUrl: body.base_url,
    targets: body.targets,
    balance: body.balance,
    healthCheck: body.health_check && parseHealthCheck(body.health_check),
    circuitBreaker: body.circuit_breaker === undefined ? undefined : parseCircuitBreaker(body.circuit_breaker),
    keyLocation: body.key_location,
    keyName: body.key_name,
    keyPrefix: body.key_prefix,
    enabled: body.enabled,
    strategy: body.strategy,
    maxAttempts: body.max_attempts,
    timeouts: Object.keys(timeouts).length > 0 ? timeouts : undefined,
    retryAmbiguous: body.retry_ambiguous,
  }
}

export function renderUpstream({ upstream, keys }: UpstreamWithCounts): unknown {
  return {
    id: upstream.id,
    slug: upstream.slug,
    name: upstream.name,
    kind: upstream.kind,
    adapter: upstream.adapter,
    base_url: upstream.targets[0]?.url ?? '',
    targets: upstream.targets.map(({ url, weight }) => ({ url, weight })),
    balance: upstream.balance,
    health_check: renderHealthCheck(upstream.healthCheck),
    circuit_breaker: renderCircuitBreaker(upstream.circuitBreaker),
    key_location: upstream.keyPlacement.location,
    key_name: upstream.keyPlacement.name,
    key_prefix: upstream.keyPlacement.prefix,
    enabled: upstream.enabled,
    strategy: upstream.strategy,
    max_attempts: upstream.maxAttempts,
    connect_timeout_ms: upstream.timeouts.connectMs ?? null,
    first_byte_timeout_ms: upstream.timeouts.firstByteMs ?? null,
    idle_timeout_ms: upstream.timeouts.idleMs ?? null,
    total_timeout_ms: upstream.timeouts.totalMs ?? null,
    retry_ambiguous: upstream.retryAmbiguous,
    managed_by: upstream.managedBy,
    proxy_path: `/${upstream.kind === 'llm' ? 'llm' : 'proxy'}/${upstream.slug}`,
    keys: { ...keys, total: Object.values(keys).reduce((sum, each) => sum + each, 0) },
    created_at: renderTime(upstream.createdAtMs),
    updated_at: renderTime(upstream.updatedAtMs),
  }
}
