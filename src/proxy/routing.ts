// The catch-all: a request that belongs to no other surface is looked up among the configured routes, and served by what is found.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { pathAfterTarget } from '../domain/route-path.ts'
import { findReservedSegment } from '../domain/route-reserved.ts'
import type { RouteDecision, RouteHit, RouteMatcher } from '../domain/route.ts'
import { isManagementToken } from '../domain/management-token.ts'
import { headerValue } from '../domain/message.ts'
import { GatewayError } from '../errors.ts'
import type { Snapshot } from '../services/snapshot.ts'
import type { DataPlaneDependencies } from './data-plane-dependencies.ts'
import { guessRouteDialect } from './dialect-guess.ts'
import { tellToGoOn } from './early-answer.ts'
import { Exchange } from './exchange.ts'
import type { CapturedEarlier, ExchangeStart, UpgradeStart } from './exchange-parts.ts'
import { answerError } from './gateway-answer.ts'
import type { InboundHead } from './guard.ts'
import type { Flight } from './in-flight.ts'
import { PlainExchange } from './plain-exchange.ts'
import { RouteAnswer } from './route-answer.ts'
import { RouteBody } from './route-body.ts'
import { mayHaveModel, modelOf } from './route-model.ts'
import { SeenRequest } from './route-request.ts'
import { ForwardedUpgrade } from './websocket/forwarded-upgrade.ts'

export interface RoutingHost {
  /** @throws GatewayError while no further request is served */
  assertOpen(): void
  add(flight: Flight): void
}

interface Arrival {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly seen: SeenRequest
  readonly snapshot: Snapshot
  readonly matcher: RouteMatcher
  readonly requestId: string
  readonly startedAtMs: number
  readonly upgrade: UpgradeStart | undefined
}

export class Routing {
  readonly #dependencies: DataPlaneDependencies
  readonly #host: RoutingHost

  constructor(dependencies: DataPlaneDependencies, host: RoutingHost) {
    this.#dependencies = dependencies
    this.#host = host
  }

  /** Whether routes may take this target; what they do not take must be told to go on with its body. */
  mayTake(method: string, target: string): boolean {
    const matcher = this.#dependencies.snapshot.current?.routes
    return matcher !== undefined && !isOwned(matcher, method, target)
  }

  /** True when a route has taken the request, or it was answered. */
  handle(head: InboundHead, request: IncomingMessage, response: ServerResponse, upgrade?: UpgradeStart): boolean {
    const snapshot = this.#dependencies.snapshot.current
    const matcher = snapshot?.routes
    if (snapshot === undefined || matcher === undefined || isOwned(matcher, head.method, head.target)) return false
    // Somebody means the management API by its short path: the token must not go to a target.
    if (head.target.startsWith('/api/') && isManagementToken(headerValue(head.headers, 'authorization'))) {
      if (head.expectsContinue) tellToGoOn(request, response)
      return false
    }
    const { requestIds, clock } = this.#dependencies
    const startedAtMs = clock.monotonicMs()
    const requestId = requestIds.idFor(headerValue(head.headers, 'x-request-id'))
    const seen = new SeenRequest(request, head, snapshot, this.#dependencies)
    const arrival = { request, response, seen, snapshot, matcher, requestId, startedAtMs, upgrade }
    const decision = matcher.find(seen)
    if (decision.needsModel) {
      if (mayHaveModel(head)) this.#readBody(arrival)
      else {
        seen.model = noModel
        return this.#settle(arrival, matcher.find(seen), undefined)
      }
      return true
    }
    return this.#settle(arrival, decision, undefined)
  }

  #readBody(arrival: Arrival): void {
    const { request, response, seen, matcher } = arrival
    const body = new RouteBody(this.#dependencies, {
      failed: (error) => this.#refuse(arrival, error),
      captured: ({ buffer }, earlier) => {
        seen.model = () => modelOf(buffer)
        // The body is read, so nobody else can serve this request any more.
        if (!this.#settle(arrival, matcher.find(seen), earlier)) this.#refuse(arrival, nothingHere())
      },
    })
    try {
      this.#host.assertOpen()
    } catch (error) {
      return this.#refuse(arrival, error)
    }
    this.#host.add(body)
    body.read(request, response, seen.head)
  }

  #settle(arrival: Arrival, { hit, shadows }: RouteDecision, captured: CapturedEarlier | undefined): boolean {
    const { matcher, seen, request, response, requestId } = arrival
    for (const { route } of shadows) {
      this.#dependencies.metrics.routeShadowed(route.name)
      this.#dependencies.logger.debug('route.shadowed', 'A route in shadow mode would have taken a request', { route: route.name, request_id: requestId })
    }
    if (hit !== undefined) {
      this.#act(arrival, hit, captured)
      return true
    }
    const methods = matcher.methodsAt(seen.path, seen.host)
    if (methods.length > 0 && methods[0] !== '*' && !methods.includes(seen.method)) {
      const allow = methods.join(', ')
      this.#refuse(arrival, new GatewayError('method_not_allowed', `The route at this path does not take ${seen.method}. It takes: ${allow}.`, { allow }))
      return true
    }
    if (seen.head.expectsContinue) tellToGoOn(request, response)
    return false
  }

  #act(arrival: Arrival, hit: RouteHit, captured: CapturedEarlier | undefined): void {
    const { request, response, seen, requestId, startedAtMs, snapshot, upgrade } = arrival
    try {
      this.#host.assertOpen()
    } catch (error) {
      return this.#refuse(arrival, error)
    }
    const { head, path, query } = seen
    const { action } = hit.route
    const routed = { ...hit, path, captured }
    const trace = this.#dependencies.traceStarter?.begin(head.headers)
    const start = { request, response, head, kind: 'generic', slug: '', rest: path, query, requestId, startedAtMs, trace, routed, upgrade } as const
    if (action.type === 'upstream') {
      const kind = snapshot.upstreams.get(action.upstream)?.upstream.kind ?? 'generic'
      return this.#run(new Exchange({ ...start, kind, slug: action.upstream, rest: pathAfterTarget(hit, path) }, this.#dependencies))
    }
    const Forward = upgrade === undefined ? PlainExchange : ForwardedUpgrade
    const exchange = action.type === 'forward' ? new Forward(start, this.#dependencies) : new RouteAnswer(start, this.#dependencies)
    exchange.dialect = guessRouteDialect(head, path, query)
    this.#run(exchange)
  }

  #run(exchange: Flight & { run(): void; readonly start: ExchangeStart }): void {
    this.#host.add(exchange)
    exchange.start.upgrade?.began(exchange, exchange.start.routed?.route)
    exchange.run()
  }

  #refuse({ request, response, requestId, seen }: Arrival, error: unknown): void {
    const known = error instanceof GatewayError ? error : new GatewayError('internal', 'The gateway made a mistake.', { cause: error })
    const dialect = guessRouteDialect(seen.head, seen.path, seen.query)
    answerError(request, response, known, { dialect, requestId, attempts: 0, upstream: undefined, cors: this.#dependencies.cors })
  }
}

/** Whether another surface has this path, whatever routes say. */
function isOwned(matcher: RouteMatcher, method: string, target: string): boolean {
  const questionMark = target.indexOf('?')
  const path = questionMark < 0 ? target : target.slice(0, questionMark)
  const [first = '', second] = path.slice(1).split('/', 2)
  const segments = (second === undefined ? [first] : [first, second]).map((text) => ({ kind: 'literal', text }) as const)
  if (findReservedSegment(segments) !== undefined) return true
  return first === 'api' && !matcher.claims(method, path)
}

const noModel = (): undefined => undefined

function nothingHere(): GatewayError {
  return new GatewayError('route_not_found', 'No route takes this request.')
}
