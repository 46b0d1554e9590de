// The phases before the first attempt: who calls, which upstream, where it goes, and the body.
import type { Adapter } from '../adapters/adapter.ts'
import type { Dialect } from '../domain/dialect.ts'
import { GatewayError } from '../errors.ts'
import { limits } from '../limits.ts'
import type { LiveClientKey, Snapshot, UpstreamEntry } from '../services/snapshot.ts'
import type { CapturedBody } from './body.ts'
import { authenticateCaller, missingKey, whenCounted, withinLimits } from './caller.ts'
import { cleanRequest, findCredential, type PresentedCredential, takeBodyCredential, withoutBodyCredential } from './credentials.ts'
import type { DataPlaneDependencies } from './data-plane-dependencies.ts'
import type { Destination } from './destination.ts'
import { guessDialect } from './dialect-guess.ts'
import type { Admission, Applicant } from './exchange-parts.ts'
import { headerValue } from '../domain/message.ts'
import { editRequestHeaders } from './header-edits.ts'
import { assertModels } from './key-restrictions.ts'
import { withinSpending } from './spending.ts'
import { nearest } from './nearest.ts'
import { targetPath } from './target-url.ts'

/** Stands for the credential of a request that carries none; no part of a request is equal to it. */
const NO_CREDENTIAL: PresentedCredential = { value: '\0', place: '' }

/** Calls `next` when the request may go out; throws or fails the exchange when it may not. */
export function admit(exchange: Applicant, dependencies: DataPlaneDependencies, next: (admission: Admission) => void): void {
  const { snapshot: configuration, destinations, addressLimit } = dependencies
  const { request, kind, slug, query } = exchange.start
  const snapshot = configuration.current
  if (snapshot === undefined) {
    exchange.dialect = kind === 'generic' ? 'problem' : guessDialect(exchange.start.head, query)
    throw new GatewayError('degraded', 'The gateway has not loaded its configuration yet. Try again in a moment.', { retryAfterMs: 1_000 })
  }
  const entry = snapshot.upstreams.get(slug)
  const destination = entry === undefined ? undefined : destinations.of(entry.upstream)
  exchange.dialect = kind === 'generic' ? 'problem' : (dialectOf(destination?.adapter) ?? guessDialect(exchange.start.head, query))
  const found = { snapshot, entry, destination }
  if (addressLimit === undefined || exchange.start.onBehalfOf !== undefined) return admitCaller(exchange, found, dependencies, next)
  // Before anybody looks for a key: a flood of wrong ones costs no more than this.
  whenCounted(exchange, addressLimit.claim(dependencies.clientAddress(request)), () => admitCaller(exchange, found, dependencies, next))
}

/** What the path leads to, in the configuration that the request came into. */
interface Surroundings {
  readonly snapshot: Snapshot
  readonly entry: UpstreamEntry | undefined
  readonly destination: Destination | undefined
}

function admitCaller(exchange: Applicant, surroundings: Surroundings, dependencies: DataPlaneDependencies, next: (admission: Admission) => void): void {
  const { auth, metrics } = dependencies
  const { snapshot, entry, destination } = surroundings
  const { head, kind, query, routed, onBehalfOf } = exchange.start
  const credential = onBehalfOf === undefined ? findCredential(head, query, exchange.dialect) : NO_CREDENTIAL
  if (credential !== undefined) {
    const clientKey = authenticate(credential.value)
    const found = resolve(exchange, snapshot, clientKey, entry, destination, dependencies)
    const capture = (): void =>
      exchange.capture(kind, ({ buffer, stream }) => {
        const isSearched = buffer !== undefined && exchange.dialect === 'openai'
        const body = { buffer: isSearched ? withoutBodyCredential(buffer, credential.value) : buffer, stream }
        if (clientKey.models !== undefined) checkModels(exchange, clientKey.models, found, body)
        proceed(clientKey, { ...found, body, clean: clean(found.destination.adapter, credential.value) })
      })
    return withinLimits(exchange, clientKey, dependencies, capture)
  }
  if (!mayHoldBodyCredential(exchange, destination?.adapter)) {
    metrics.authFailed('proxy', 'missing')
    throw missingKey()
  }
  exchange.capture(kind, (body) => {
    const taken = body.buffer === undefined ? undefined : takeBodyCredential(body.buffer)
    if (taken === undefined) {
      metrics.authFailed('proxy', 'missing')
      throw missingKey()
    }
    const clientKey = authenticate(taken.value)
    const found = resolve(exchange, snapshot, clientKey, entry, destination, dependencies)
    const rest: CapturedBody = { buffer: taken.body, stream: undefined }
    if (found.clientKey.models !== undefined) checkModels(exchange, found.clientKey.models, found, rest)
    withinLimits(exchange, found.clientKey, dependencies, () =>
      proceed(clientKey, { ...found, body: rest, clean: clean(found.destination.adapter, taken.value) }),
    )
  })

  function proceed(clientKey: LiveClientKey, admission: Admission): void {
    withinSpending(exchange, clientKey, admission, dependencies, next)
  }

  function authenticate(value: string): LiveClientKey {
    if (onBehalfOf === undefined) return authenticateCaller(exchange, snapshot, value, dependencies)
    exchange.clientKey = onBehalfOf
    return onBehalfOf
  }

  function clean(adapter: Adapter, clientKey: string): Admission['clean'] {
    const isGatewayKey = (value: string): boolean => auth.findClientKey(snapshot, value) !== undefined
    const cleaned = cleanRequest(head, query, adapter, (entry as UpstreamEntry).upstream.keyPlacement, clientKey, isGatewayKey)
    if (routed?.route.rewrite?.requestHeaders === undefined) return cleaned
    return { headers: editRequestHeaders(cleaned.headers, routed.route.rewrite.requestHeaders), query: cleaned.query }
  }
}

function checkModels({ start }: Applicant, models: readonly string[], found: Omit<Admission, 'body' | 'clean'>, body: CapturedBody): void {
  const { clientKey, destination, entry, path } = found
  if (entry.upstream.kind !== 'llm') return
  const isModelInPath = destination.adapter.dialect === 'gemini' || path.includes('/deployments/')
  const encoding = headerValue(start.head.headers, 'content-encoding')
  assertModels(clientKey, models, {
    method: start.head.method,
    path,
    query: start.query,
    body,
    encoding,
    isModelInPath,
    isUpgrade: start.upgrade !== undefined,
  })
}

function resolve(
  exchange: Applicant,
  snapshot: Snapshot,
  clientKey: LiveClientKey,
  entry: UpstreamEntry | undefined,
  destination: Destination | undefined,
  { bodyBounds }: DataPlaneDependencies,
): Omit<Admission, 'body' | 'clean'> {
  const { slug, kind, rest, head } = exchange.start
  const usable = (): string[] => [...(clientKey.upstreams ?? snapshot.upstreams.keys())]
  if (entry === undefined || destination === undefined || (kind === 'llm' && entry.upstream.kind !== 'llm')) {
    const guess = nearest(slug, usable())
    const advice = guess === undefined ? 'No upstream is configured yet.' : `Did you mean '${guess}'?`
    const reason = entry === undefined ? `There is no upstream '${slug.slice(0, 63)}'.` : `'${slug}' is not an LLM upstream: call it under /proxy/${slug}.`
    throw new GatewayError('upstream_not_found', entry === undefined ? `${reason} ${advice}` : reason)
  }
  if (clientKey.upstreams !== undefined && !clientKey.upstreams.includes(slug)) {
    throw new GatewayError('upstream_forbidden', `The client key '${clientKey.name}' may not use '${slug}'. It may use: ${usable().join(', ') || 'none'}.`)
  }
  if (!entry.upstream.enabled) throw new GatewayError('upstream_disabled', `The upstream '${slug}' is disabled. Ask the gateway's administrator to enable it.`)
  const bounds = bodyBounds[kind]
  if (head.contentLength > bounds.bytesMax)
    throw new GatewayError('request_too_large', `The request body has ${head.contentLength} bytes; at most ${bounds.bytesMax} are accepted (MAX_BODY_BYTES).`)
  // The query is joined per attempt, because a key may be part of it.
  const path = targetPath(destination.target, rest, '', destination.adapter.versionSegments)
  return { clientKey, entry, keyTag: clientKey.keyTags?.get(slug), destination, path, rest }
}

/** A generic upstream has none: whoever calls it under /llm by mistake is told so in the dialect of the call. */
function dialectOf(adapter: Adapter | undefined): Dialect | undefined {
  return adapter === undefined || adapter.dialect === 'problem' ? undefined : adapter.dialect
}

function mayHoldBodyCredential({ start, dialect }: Applicant, adapter: Adapter | undefined): boolean {
  if (adapter === undefined || dialect !== 'openai') return false
  const { headers, contentLength } = start.head
  return contentLength > 0 && contentLength <= limits.bodyKeyBytesMax && /^application\/json\b/i.test(headerValue(headers, 'content-type') ?? '')
}
