// Turns what a person says about a route, in full or in the flat form, into a complete, checked route.
import { checkRoute } from '../domain/route-rules.ts'
import type { RouteFields } from '../domain/route-rules.ts'
import type { Route, RouteAction, RouteMatch, RouteMode, RouteRateLimit, RouteRewrite } from '../domain/route.ts'
import { GatewayError } from '../errors.ts'
import type { FieldError } from '../errors.ts'
import type { TargetPolicy } from '../ports/target-policy.ts'

/** Absent members keep what is stored, or take the default of a new route; `null` takes something away. */
export interface RouteInput {
  readonly name?: string | undefined
  readonly enabled?: boolean | undefined
  readonly priority?: number | undefined
  readonly mode?: RouteMode | undefined
  readonly match?: RouteMatch | undefined
  readonly action?: RouteAction | undefined
  readonly rewrite?: RouteRewrite | null | undefined
  readonly requiresClientKey?: boolean | undefined
  /** Requests per window, over all callers. */
  readonly rateLimit?: number | null | undefined
  /** Default: a minute. */
  readonly rateWindowMs?: number | undefined
  readonly timeoutMs?: number | null | undefined
  /** The flat form. */
  readonly path?: string | undefined
  /** null = every method. */
  readonly methods?: readonly string[] | null | undefined
  readonly targetUrl?: string | undefined
}

const NAME_CHARS = 100
const MINUTE_MS = 60_000

/**
 * @param base the stored route for a change; undefined for a new one or a replacement
 * @throws GatewayError validation_failed with every fault and, inside patterns, its character
 */
export function buildRoute(input: RouteInput, base: Route | undefined, policy: TargetPolicy): RouteFields {
  const errors = findContradictions(input)
  const match = buildMatch(input, base, errors)
  const action = buildAction(input, base, errors)
  if (match === undefined || action === undefined) throw invalid(errors)
  const keepsNothing = input.requiresClientKey === undefined && base?.action.type !== action.type
  const fields: RouteFields = {
    name: (input.name ?? base?.name ?? `${match.methods?.join(',') ?? '*'} ${match.path}`.slice(0, NAME_CHARS)).trim(),
    enabled: input.enabled ?? base?.enabled ?? true,
    priority: input.priority ?? base?.priority ?? 0,
    mode: input.mode ?? base?.mode ?? 'enforce',
    match,
    action,
    rewrite: orStored(input.rewrite, base?.rewrite),
    // Behind an upstream are keys, so that it is always asked for; a route of its own is as open as its target.
    requiresClientKey: keepsNothing ? action.type === 'upstream' : (input.requiresClientKey ?? (base as Route).requiresClientKey),
    rateLimit: buildRateLimit(input, base?.rateLimit),
    timeoutMs: orStored(input.timeoutMs, base?.timeoutMs),
  }
  errors.push(...checkRoute(fields).map((error) => renamed(error, input)), ...checkTargets(fields.action, policy).map((error) => renamed(error, input)))
  if (errors.length > 0) throw invalid(errors)
  return fields
}

function findContradictions(input: RouteInput): FieldError[] {
  const errors: FieldError[] = []
  if (input.match !== undefined && input.path !== undefined) errors.push({ path: '/path', message: 'must not be given together with match' })
  if (input.match !== undefined && input.methods !== undefined) errors.push({ path: '/method', message: 'must not be given together with match' })
  if (input.action !== undefined && input.targetUrl !== undefined) errors.push({ path: '/target_url', message: 'must not be given together with action' })
  return errors
}

function buildMatch({ match, path, methods }: RouteInput, base: Route | undefined, errors: FieldError[]): RouteMatch | undefined {
  if (match !== undefined) return match
  const stored = base?.match
  const wanted = path ?? stored?.path
  if (wanted !== undefined) return { ...stored, path: wanted, methods: orStored(methods, stored?.methods) }
  errors.push({ path: '/path', message: 'is required, or match' })
  return undefined
}

function buildAction({ action, targetUrl }: RouteInput, base: Route | undefined, errors: FieldError[]): RouteAction | undefined {
  if (action !== undefined) return action
  if (targetUrl !== undefined) return { type: 'forward', targets: [{ url: targetUrl, weight: 1 }] }
  if (base !== undefined) return base.action
  errors.push({ path: '/target_url', message: 'is required, or action' })
  return undefined
}

function buildRateLimit({ rateLimit, rateWindowMs }: RouteInput, stored: RouteRateLimit | undefined): RouteRateLimit | undefined {
  const requests = orStored(rateLimit, stored?.requests)
  return requests === undefined ? undefined : { requests, windowMs: rateWindowMs ?? stored?.windowMs ?? MINUTE_MS }
}

function checkTargets(action: RouteAction, policy: TargetPolicy): FieldError[] {
  if (action.type !== 'forward') return []
  return action.targets.flatMap(({ url }, index) => {
    const fault = policy.check(url)
    return fault === undefined ? [] : [{ path: `/action/targets/${index}/url`, message: fault.message }]
  })
}

/** Faults are told under the names that the person used. */
function renamed(error: FieldError, input: RouteInput): FieldError {
  const path = error.path
  if (input.path !== undefined && path === '/match/path') return { ...error, path: '/path' }
  if (input.methods !== undefined && path.startsWith('/match/methods')) return { ...error, path: '/method' }
  if (input.targetUrl !== undefined && path === '/action/targets/0/url') return { ...error, path: '/target_url' }
  return error
}

function orStored<T>(given: T | null | undefined, stored: T | undefined): T | undefined {
  return given === undefined ? stored : (given ?? undefined)
}

function invalid(errors: readonly FieldError[]): GatewayError {
  const named = errors.slice(0, 3).map(({ path, message }) => `${path.slice(1)} ${message}`)
  const rest = errors.length > named.length ? ` and ${errors.length - named.length} more` : ''
  return new GatewayError('validation_failed', `The route cannot be saved: ${named.join('; ')}${rest}.`, { errors })
}
