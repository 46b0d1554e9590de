// Turns what a person says about an upstream into a complete, checked row.
import type { Balance, CircuitBreakerSetting, HealthCheckPolicy } from '../domain/balancing.ts'
import { KEY_LOCATIONS, SLUG_PATTERN, STRATEGIES } from '../domain/upstream.ts'
import type { KeyLocation, KeyPlacement, Strategy, Target, Upstream, UpstreamKind, UpstreamTimeouts } from '../domain/upstream.ts'
import { GatewayError } from '../errors.ts'
import type { FieldError } from '../errors.ts'
import type { AdapterFacts } from '../domain/adapter-facts.ts'
import type { TargetPolicy } from '../ports/target-policy.ts'

/** Absent members keep what is stored, or take the default of a new upstream. `undefined` inside `timeouts` means the default. */
export interface UpstreamInput {
  readonly slug?: string | undefined
  readonly name?: string | undefined
  readonly kind?: UpstreamKind | undefined
  readonly adapter?: string | undefined
  readonly baseUrl?: string | undefined
  readonly targets?: readonly Target[] | undefined
  readonly balance?: Balance | undefined
  /** null: none. */
  readonly healthCheck?: HealthCheckPolicy | null | undefined
  /** null: the default. */
  readonly circuitBreaker?: CircuitBreakerSetting | null
  readonly keyLocation?: KeyLocation | undefined
  readonly keyName?: string | undefined
  readonly keyPrefix?: string | undefined
  readonly enabled?: boolean | undefined
  readonly strategy?: Strategy | undefined
  readonly maxAttempts?: number | undefined
  readonly timeouts?: UpstreamTimeouts | undefined
  readonly retryAmbiguous?: boolean | undefined
}

export type UpstreamFields = Omit<Upstream, 'id' | 'managedBy' | 'createdAtMs' | 'updatedAtMs'>

export interface UpstreamRules {
  readonly findAdapter: (name: string) => AdapterFacts | undefined
  readonly adapterNames: () => readonly string[]
  readonly targetPolicy: TargetPolicy
  /** For upstreams that do not say how many attempts they want. */
  readonly maxAttempts: number
}

const TARGETS_MAX = 32
const NAME_CHARS_MAX = 100
const HEADER_NAME = /^[a-z0-9!#$%&'*+.^_`|~-]{1,64}$/
const PARAMETER_NAME = /^[A-Za-z0-9._~-]{1,64}$/
/** Headers that frame or route a message: a key in one of them would break it. */
const HEADERS_REFUSED =
  /^(?:host|content-length|content-type|content-encoding|transfer-encoding|connection|keep-alive|upgrade|te|trailer|expect|cookie|proxy-.*|:.*)$/

/**
 * @param base the stored row for a change; undefined for a new upstream or a replacement
 * @throws GatewayError validation_failed with every fault
 */
export function buildUpstream(input: UpstreamInput, base: UpstreamFields | undefined, rules: UpstreamRules): UpstreamFields {
  const errors: FieldError[] = []
  const slug = input.slug ?? base?.slug ?? ''
  if (!SLUG_PATTERN.test(slug)) errors.push({ path: '/slug', message: 'must be 1 to 63 lower-case letters, digits, - or _, starting with a letter or digit' })
  const name = (input.name ?? base?.name ?? slug).trim()
  if (name === '' || name.length > NAME_CHARS_MAX || hasControls(name))
    errors.push({ path: '/name', message: `must be 1 to ${NAME_CHARS_MAX} printable characters` })
  const adapter = resolveAdapter(input, base, rules, errors)
  const previous = base === undefined ? undefined : rules.findAdapter(base.adapter)
  const fields: UpstreamFields = {
    slug,
    name,
    kind: adapter?.kind ?? 'generic',
    adapter: adapter?.name ?? '',
    targets: resolveTargets(input, base, adapter, previous, rules.targetPolicy, errors),
    balance: input.balance ?? base?.balance ?? 'round_robin',
    healthCheck: input.healthCheck === undefined ? base?.healthCheck : (input.healthCheck ?? undefined),
    circuitBreaker: input.circuitBreaker === undefined ? base?.circuitBreaker : (input.circuitBreaker ?? undefined),
    keyPlacement: resolvePlacement(input, base, adapter, previous, errors),
    enabled: input.enabled ?? base?.enabled ?? true,
    strategy: input.strategy ?? base?.strategy ?? STRATEGIES[0],
    maxAttempts: input.maxAttempts ?? base?.maxAttempts ?? rules.maxAttempts,
    timeouts: input.timeouts === undefined ? (base?.timeouts ?? {}) : { ...base?.timeouts, ...input.timeouts },
    retryAmbiguous: input.retryAmbiguous ?? base?.retryAmbiguous ?? false,
  }
  if (errors.length > 0) throw new GatewayError('validation_failed', `The upstream cannot be saved: ${describe(errors)}.`, { errors })
  return fields
}

function resolveAdapter(input: UpstreamInput, base: UpstreamFields | undefined, rules: UpstreamRules, errors: FieldError[]): AdapterFacts | undefined {
  const name = input.adapter ?? base?.adapter ?? (input.kind === 'llm' ? '' : 'generic')
  const adapter = rules.findAdapter(name)
  if (adapter === undefined) {
    errors.push({ path: '/adapter', message: `must be one of ${rules.adapterNames().join(', ')}` })
  } else if (input.kind !== undefined && input.kind !== adapter.kind) {
    errors.push({ path: '/kind', message: `must be "${adapter.kind}" for the adapter "${adapter.name}"` })
  }
  return adapter
}

function resolveTargets(
  input: UpstreamInput,
  base: UpstreamFields | undefined,
  adapter: AdapterFacts | undefined,
  previous: AdapterFacts | undefined,
  policy: TargetPolicy,
  errors: FieldError[],
): readonly Target[] {
  if (input.baseUrl !== undefined && input.targets !== undefined) errors.push({ path: '/base_url', message: 'must not be given together with targets' })
  if (input.baseUrl !== undefined) return [checkTarget({ url: input.baseUrl, weight: 1 }, '/base_url', policy, errors)]
  if (input.targets !== undefined) {
    if (input.targets.length < 1 || input.targets.length > TARGETS_MAX) errors.push({ path: '/targets', message: `must have 1 to ${TARGETS_MAX} entries` })
    const targets = input.targets.map((target, index) => checkTarget(target, `/targets/${index}/url`, policy, errors))
    const urls = targets.map(({ url }) => url)
    const repeated = urls.findIndex((url, index) => urls.indexOf(url) < index)
    if (repeated >= 0) errors.push({ path: `/targets/${repeated}/url`, message: 'is there already; give one entry a larger weight instead' })
    return targets
  }
  // Another vendor is not reached at the old vendor's address: a default follows its adapter, a chosen address stays.
  const isOldDefault = base !== undefined && adapter !== previous && base.targets[0]?.url === previous?.defaultBaseUrl
  if (base !== undefined && !isOldDefault) return base.targets
  if (adapter?.defaultBaseUrl !== undefined) return [checkTarget({ url: adapter.defaultBaseUrl, weight: 1 }, '/base_url', policy, errors)]
  errors.push({ path: '/base_url', message: 'is required for this adapter' })
  return []
}

function checkTarget(target: Target, path: string, policy: TargetPolicy, errors: FieldError[]): Target {
  const fault = policy.check(target.url)
  if (fault === undefined) return { url: new URL(target.url).href.replace(/\/+$/, ''), weight: target.weight }
  errors.push({ path, message: fault.message })
  return target
}

function resolvePlacement(
  input: UpstreamInput,
  base: UpstreamFields | undefined,
  adapter: AdapterFacts | undefined,
  previous: AdapterFacts | undefined,
  errors: FieldError[],
): KeyPlacement {
  const usual = adapter?.keyPlacement ?? { location: 'header', name: 'authorization', prefix: 'Bearer ' }
  const isOldDefault = adapter !== previous && isSamePlacement(base?.keyPlacement, previous?.keyPlacement)
  const stored = base === undefined || isOldDefault ? usual : base.keyPlacement
  const location = input.keyLocation ?? stored.location
  const isMoved = location !== stored.location
  const rawName = input.keyName ?? (isMoved ? (location === usual.location ? usual.name : '') : stored.name)
  const name = location === 'header' ? rawName.toLowerCase() : rawName
  const prefix = input.keyPrefix ?? (isMoved ? (location === usual.location ? usual.prefix : '') : stored.prefix)
  const fault = findNameFault(location, name)
  if (fault !== undefined) errors.push({ path: '/key_name', message: fault })
  if (prefix.length > 128 || /[^\x20-\x7e]/.test(prefix)) errors.push({ path: '/key_prefix', message: 'must be at most 128 printable ASCII characters' })
  return { location, name: location === 'basic' ? '' : name, prefix }
}

function findNameFault(location: KeyLocation, name: string): string | undefined {
  if (!KEY_LOCATIONS.includes(location) || location === 'basic') return undefined
  if (location === 'header') {
    if (!HEADER_NAME.test(name)) return 'must be a header name'
    return HEADERS_REFUSED.test(name) ? 'is a header that frames or routes the message; choose another' : undefined
  }
  return PARAMETER_NAME.test(name) ? undefined : 'must be 1 to 64 letters, digits, dots, dashes, tildes or underscores'
}

function isSamePlacement(left: KeyPlacement | undefined, right: KeyPlacement | undefined): boolean {
  return left !== undefined && left.location === right?.location && left.name === right.name && left.prefix === right.prefix
}

function hasControls(text: string): boolean {
  return /[\x00-\x1f\x7f-\x9f\u2028\u2029]/.test(text)
}

function describe(errors: readonly FieldError[]): string {
  return errors.map((error) => `${error.path.slice(1)} ${error.message}`).join('; ')
}
