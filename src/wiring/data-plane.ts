// Wires the data plane.
import { isIP } from 'node:net'
import type { IncomingMessage } from 'node:http'
import { ADAPTERS, findAdapter } from '../adapters/index.ts'
import { generic } from '../adapters/generic/index.ts'
import { DEMO_HOST } from '../demo/demo-vendor.ts'
import { classifyAddress, isAddressAllowed } from '../domain/address.ts'
import { clientAddress, forwardedFacts, vouchedAddress } from '../http/client-address.ts'
import { MemoryLimits } from '../infrastructure/cache/memory/memory-limits.ts'
import { BUILT_IN_PRICES } from '../infrastructure/prices/built-in-prices.ts'
import type { Config } from '../config.ts'
import { limits } from '../limits.ts'
import type { ExchangeObserver } from '../ports/exchange-record.ts'
import { UpstreamClient, type UpstreamClientDependencies } from '../proxy/attempt.ts'
import { ReplayBudget } from '../proxy/body.ts'
import { CorsPolicy } from '../proxy/cors.ts'
import { DataPlane } from '../proxy/data-plane.ts'
import type { DataPlaneOptions } from '../proxy/data-plane-dependencies.ts'
import { Destinations } from '../proxy/destination.ts'
import { RequestIds } from '../proxy/headers.ts'
import { LoopGuard } from '../proxy/loop-guard.ts'
import { PlainClient } from '../proxy/plain.ts'
import { UpstreamKeyProber } from '../proxy/prober.ts'
import { createResolver } from '../proxy/resolver.ts'
import { RouteDestinations } from '../proxy/route-target.ts'
import { TargetWatch } from '../proxy/target-watch.ts'
import { ClientAuth } from '../services/client-auth.ts'
import { AddressLimit } from '../services/address-limit.ts'
import { PriceBook } from '../services/price-book.ts'
import { LimitScopes } from '../services/limit-scopes.ts'
import { RequestLimiter } from '../services/request-limits.ts'
import { TargetRegistry } from '../services/target-registry.ts'
import type { Get, Provide } from './parts.ts'

export function registerDataPlane(provide: Provide): void {
  provide('requestIds', (get) => new RequestIds(get('random')))
  provide('client', createClient)
  provide('routeDestinations', (get) => new RouteDestinations(get('config').timeouts, get('targets')))
  provide('plainClient', (get) => new PlainClient(connecting(get)))
  provide('targets', (get) => new TargetRegistry({ clock: get('clock'), random: get('random'), logger: get('logger'), feed: get('live').hub }))
  provide('destinations', (get) => new Destinations(get('config').timeouts, findAdapter, generic, get('targets')))
  provide('targetWatch', createTargetWatch)
  provide(
    'prober',
    (get) => new UpstreamKeyProber({ snapshot: get('snapshot'), destinations: get('destinations'), client: get('client'), clock: get('clock') }),
  )
  provide('limiter', createLimiter)
  provide('prices', (get) => new PriceBook([get('config').prices, BUILT_IN_PRICES]))
  provide('lookups', () => ({ clientKeys: { hits: 0, misses: 0 }, dns: { hits: 0, misses: 0 } }))
  provide('observers', createObservers)
  provide('cors', (get) => createCors(get('config').cors))
  provide('dataPlaneOptions', createOptions)
  provide('dataPlane', (get) => new DataPlane(get('dataPlaneOptions')))
}

/** Told of every exchange that is over, in this order. */
function createObservers(get: Get): ExchangeObserver[] {
  return [get('requestLog').writer, get('traces')?.observer, get('live').observer].filter((observer) => observer !== undefined)
}

function createTargetWatch(get: Get): TargetWatch {
  return new TargetWatch({
    snapshot: get('snapshot'),
    destinations: get('destinations'),
    targets: get('targets'),
    client: get('client'),
    clock: get('clock'),
    random: get('random'),
    logger: get('logger'),
  })
}

function connecting(get: Get): UpstreamClientDependencies {
  const { allowPrivateUpstreams, dnsServers } = get('config')
  const isAllowed = (address: string): boolean => isAddressAllowed(classifyAddress(address), allowPrivateUpstreams)
  return {
    resolve: createResolver({ servers: dnsServers, isAddressAllowed: isAllowed, clock: get('clock'), lookups: get('lookups').dns }),
    isAddressAllowed: isAllowed,
  }
}

function createClient(get: Get): UpstreamClient {
  const lifecycle = get('lifecycle')
  return new UpstreamClient({ ...connecting(get), ownPort: (hostname) => (hostname === DEMO_HOST ? lifecycle.demoPort : undefined) })
}

function createLimiter(get: Get): RequestLimiter {
  const clock = get('clock')
  const replicaCount = (): number => get('shared').replicas.count
  const local = new MemoryLimits({ clock })
  return new RequestLimiter({ cache: get('cache'), local, clock, random: get('random'), metrics: get('metrics'), replicaCount })
}

function createLoopGuard(get: Get): LoopGuard {
  const { publicBaseUrl } = get('config')
  const publicHost = publicBaseUrl === undefined ? undefined : new URL(publicBaseUrl).host
  // The same in all replicas, whatever machine they are on: a digest that only they can make.
  return new LoopGuard({ id: get('digester').clientKeyDigest('x-akr-hops').slice(0, 12), publicHost })
}

function createCors(options: Config['cors']): CorsPolicy | undefined {
  return options === undefined ? undefined : new CorsPolicy(options)
}

function createAddressLimit(get: Get): AddressLimit | undefined {
  const { addressPerSecond: perSecond } = get('config').rateLimits
  return perSecond === undefined ? undefined : new AddressLimit({ limiter: get('limiter'), clock: get('clock'), metrics: get('metrics'), perSecond })
}

/** A peer of a private network that says it forwards for somebody, and is not trusted to, vouches for nobody; a public one is itself the client. */
function permittedAddress(request: IncomingMessage, trustProxy: readonly string[]): string {
  const vouched = vouchedAddress(request, trustProxy)
  if (vouched !== '') return vouched
  const peer = clientAddress(request, trustProxy)
  return isIP(peer) !== 0 && classifyAddress(peer) === 'global' ? peer : ''
}

function createOptions(get: Get): DataPlaneOptions {
  const config = get('config')
  const lifecycle = get('lifecycle')
  const addressOf = (request: IncomingMessage): string => clientAddress(request, config.trustProxy)
  return {
    snapshot: get('snapshot'),
    auth: new ClientAuth({ digester: get('digester'), clock: get('clock'), lookups: get('lookups').clientKeys }),
    limiter: get('limiter'),
    spending: get('spending').limiter,
    limitScopes: new LimitScopes(config.rateLimits.globalPerSecond),
    addressLimit: createAddressLimit(get),
    destinations: get('destinations'),
    client: get('client'),
    forwarding: {
      client: get('plainClient'),
      destinations: get('routeDestinations'),
      forwardedFacts: (request) => forwardedFacts(request, config.trustProxy),
    },
    loopGuard: createLoopGuard(get),
    replayBudget: new ReplayBudget(),
    requestIds: get('requestIds'),
    clock: get('clock'),
    logger: get('logger'),
    accessLog: get('logging').accessLog,
    metrics: get('metrics'),
    observers: get('observers'),
    traceStarter: get('traces')?.starter,
    propagatesTrace: config.propagatesTrace,
    recorder: get('recorder'),
    prices: get('prices'),
    bodyBounds: {
      llm: { replayBytesMax: limits.llmReplayBytesMax, bytesMax: config.llmBodyBytesMax },
      generic: { replayBytesMax: limits.proxyReplayBytesMax, bytesMax: config.proxyBodyBytesMax },
    },
    exchangesMax: config.exchangesMax,
    stalledWriteMs: limits.stalledWriteMs,
    random: get('random'),
    webSockets: config.webSockets,
    exposeKeyHint: config.exposeKeyHint,
    publicBaseUrl: () => config.publicBaseUrl ?? `http://localhost:${config.listen.port}`,
    vendorKeyPatterns: ADAPTERS.flatMap(({ keyPattern }) => (keyPattern === undefined ? [] : [keyPattern])),
    isDraining: () => lifecycle.isDraining,
    clientAddress: addressOf,
    vouchedAddress: (request) => permittedAddress(request, config.trustProxy),
    cors: get('cors'),
    isPrivatePeer: (request) => {
      const address = vouchedAddress(request, config.trustProxy)
      return isIP(address) !== 0 && classifyAddress(address) === 'private'
    },
  }
}
