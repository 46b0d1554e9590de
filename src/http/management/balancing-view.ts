// How the sharing of requests between targets is written and shown: seconds outside, ms inside.
import { z } from 'zod'
import {
  BALANCES,
  type CircuitBreakerPolicy,
  type CircuitBreakerSetting,
  DEFAULT_CIRCUIT_BREAKER,
  DEFAULT_HEALTH_CHECK,
  EXPECTED_STATUS_PATTERN,
  type HealthCheckPolicy,
} from '../../domain/balancing.ts'
import { limits } from '../../limits.ts'

const check = DEFAULT_HEALTH_CHECK
const breaker = DEFAULT_CIRCUIT_BREAKER

function seconds(leastMs: number, mostMs: number): z.ZodNumber {
  return z
    .number()
    .min(leastMs / 1000)
    .max(mostMs / 1000)
}

export const BalanceField = z.enum(BALANCES)

export const HealthCheckField = z.strictObject({
  path: z
    .string()
    .max(512)
    .regex(/^\/[\x21-\x22\x24-\x5b\x5d-\x7e]*$/, 'must start with / and have no spaces, # or backslashes')
    .describe('From the root of the target, e.g. /healthz. It is asked for with GET, without any key.'),
  interval_seconds: seconds(limits.healthCheckIntervalMinMs, limits.healthCheckIntervalMaxMs).default(check.intervalMs / 1000),
  timeout_seconds: seconds(limits.healthCheckTimeoutMinMs, limits.healthCheckTimeoutMaxMs).default(check.timeoutMs / 1000),
  healthy_threshold: z.int().min(1).max(100).default(check.healthyThreshold),
  unhealthy_threshold: z.int().min(1).max(100).default(check.unhealthyThreshold),
  expected_status: z
    .string()
    .max(100)
    .regex(EXPECTED_STATUS_PATTERN, 'must be statuses and ranges such as 200-399,404')
    .default(check.expectedStatus)
    .describe('Statuses and ranges: 200-399,404.'),
})

export const CircuitBreakerFields = z.strictObject({
  failure_ratio: z.number().min(0.01).max(1).default(breaker.failureRatio),
  minimum_requests: z.int().min(1).max(100_000).default(breaker.minimumRequests).describe('Requests in the window below which it never opens.'),
  window_seconds: seconds(limits.breakerTimeMinMs, limits.breakerTimeMaxMs).default(breaker.windowMs / 1000),
  open_seconds: seconds(limits.breakerTimeMinMs, limits.breakerTimeMaxMs).default(breaker.openMs / 1000),
  probes: z.int().min(1).max(1000).default(breaker.probes).describe('Requests that try an open one, and must all succeed.'),
  fail_fast: z.boolean().default(breaker.failFast).describe('With every target open: refuse at once (503) instead of trying nevertheless.'),
})

export const CircuitBreakerField = z
  .union([z.literal('off'), CircuitBreakerFields])
  .nullable()
  .describe('null = the default: off for one target, on for several.')

export function parseHealthCheck(body: z.output<typeof HealthCheckField>): HealthCheckPolicy {
  return {
    path: body.path,
    intervalMs: body.interval_seconds * 1000,
    timeoutMs: body.timeout_seconds * 1000,
    healthyThreshold: body.healthy_threshold,
    unhealthyThreshold: body.unhealthy_threshold,
    expectedStatus: body.expected_status,
  }
}

export function parseCircuitBreaker(body: z.output<typeof CircuitBreakerField>): CircuitBreakerSetting | null {
  if (body === null || body === 'off') return body
  return {
    failureRatio: body.failure_ratio,
    minimumRequests: body.minimum_requests,
    windowMs: body.window_seconds * 1000,
    openMs: body.open_seconds * 1000,
    probes: body.probes,
    failFast: body.fail_fast,
  }
}

export function renderHealthCheck(policy: HealthCheckPolicy | undefined): z.output<typeof HealthCheckField> | null {
  if (policy === undefined) return null
  return {
    path: policy.path,
    interval_seconds: policy.intervalMs / 1000,
    timeout_seconds: policy.timeoutMs / 1000,
    healthy_threshold: policy.healthyThreshold,
    unhealthy_threshold: policy.unhealthyThreshold,
    expected_status: policy.expectedStatus,
  }
}

export function renderCircuitBreaker(setting: CircuitBreakerSetting): z.output<typeof CircuitBreakerField> {
  if (setting === undefined) return null
  return setting === 'off' ? 'off' : renderPolicy(setting)
}

function renderPolicy(policy: CircuitBreakerPolicy): z.output<typeof CircuitBreakerFields> {
  return {
    failure_ratio: policy.failureRatio,
    minimum_requests: policy.minimumRequests,
    window_seconds: policy.windowMs / 1000,
    open_seconds: policy.openMs / 1000,
    probes: policy.probes,
    fail_fast: policy.failFast,
  }
}
