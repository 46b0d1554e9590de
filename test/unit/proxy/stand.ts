// A test stand for the data plane: real parts on real sockets, in one process, before a vendor that the test scripts byte by byte.
import { createServer as createTcpServer, connect, type Server, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import type { Server as HttpServer } from 'node:http'
import { findAdapter } from '../../../src/adapters/index.ts'
import { generic } from '../../../src/adapters/generic/index.ts'
import type { Upstream } from '../../../src/domain/upstream.ts'
import { createHttpServer } from '../../../src/http/server.ts'
import { MemoryCache } from '../../../src/infrastructure/cache/memory/memory-cache.ts'
import { MetricCounts } from '../../../src/infrastructure/metrics/metric-counts.ts'
import { systemClock, systemRandom } from '../../../src/infrastructure/system.ts'
import type { Cache } from '../../../src/ports/cache.ts'
import type { ExchangeRecord } from '../../../src/ports/exchange-record.ts'
import type { AccessLog, Logger } from '../../../src/ports/logger.ts'
import type { Store } from '../../../src/ports/store.ts'
import { UpstreamClient } from '../../../src/proxy/attempt.ts'
import { ReplayBudget } from '../../../src/proxy/body.ts'
import { DataPlane } from '../../../src/proxy/data-plane.ts'
import { Destinations } from '../../../src/proxy/destination.ts'
import { RequestIds } from '../../../src/proxy/headers.ts'
import { LoopGuard } from '../../../src/proxy/loop-guard.ts'
import { PlainClient } from '../../../src/proxy/plain.ts'
import { RouteDestinations } from '../../../src/proxy/route-target.ts'
import { createResolver } from '../../../src/proxy/resolver.ts'
import { LimitScopes } from '../../../src/services/limit-scopes.ts'
import { RequestLimiter } from '../../../src/services/request-limits.ts'
import { ClientAuth } from '../../../src/services/client-auth.ts'
import { KeyPool } from '../../../src/services/key-pool.ts'
import type { KeyStateRecorder } from '../../../src/services/key-state-recorder.ts'
import type { ConfigurationSnapshot } from '../../../src/services/snapshot.ts'
import { PriceBook } from '../../../src/services/price-book.ts'
import { TargetRegistry } from '../../../src/services/target-registry.ts'
import { ExactTurnCounter } from '../../../src/services/turn-counter.ts'
import { createSpendingLimiter } from '../../support/spending.ts'
import { aClientKey, anUpstream } from '../../support/rows.ts'
import { specs } from '../services/pool-fixture.ts'

export const CLIENT_KEY = 'sk-akr-0123456789abcdefghijABCDEFGHIJ01checks'

/** Called when the head of a request is complete; `body` is what came with it. Answer on the socket. */
export type Script = (socket: Socket, head: string, body: Buffer, request: number) => void

export interface Stand {
  readonly port: number
  /** Origin of the vendor. */
  readonly vendorUrl: string
  readonly metrics: MetricCounts
  readonly pool: KeyPool
  readonly plane: DataPlane
  readonly server: HttpServer
  readonly snapshot: ConfigurationSnapshot
  readonly destinations: Destinations
  readonly client: UpstreamClient
  readonly records: ExchangeRecord[]
  readonly logged: string[]
  readonly budget: ReplayBudget
  /** Heads of the requests that the vendor got. */
  readonly heads: string[]
  script: Script
  /** Resolves with the n-th finished exchange, 1-based. */
  finished(count?: number): Promise<ExchangeRecord>
  /** Text of a request on `/proxy/up` or, for an LLM, `/llm/up`. */
  text(method: string, path: string, headers?: Readonly<Record<string, string>>, body?: string): string
  /** Keys that are still leased. */
  leased(): number
  close(): Promise<void>
}

export interface StandOptions {
  readonly upstream?: Partial<Upstream>
  readonly keys?: number
  readonly replayBytesMax?: number
  readonly bytesMax?: number
  readonly stalledWriteMs?: number
  /** Silence inside an answer, by default of targets. */
  readonly idleMs?: number
  /** Counts turns; default the memory cache, which answers at once. */
  readonly turnCache?: Cache
  /** What the data plane reports to; default counts that nobody reads. */
  readonly metrics?: MetricCounts
  readonly accessLog?: AccessLog
}

export async function openStand(options: StandOptions = {}): Promise<Stand> {
  const heads: string[] = []
  const sockets = new Set<Socket>()
  const vendor = createTcpServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    let held = Buffer.alloc(0)
    socket.on('data', (chunk: Buffer) => {
      held = Buffer.concat([held, chunk])
      const end = held.indexOf('\r\n\r\n')
      if (end < 0 || !/^[A-Z]+ \//.test(held.toString('latin1', 0, 20))) {
        held = Buffer.alloc(0)
        return
      }
      const head = held.toString('latin1', 0, end + 4)
      const body = held.subarray(end + 4)
      held = Buffer.alloc(0)
      heads.push(head)
      stand.script(socket, head, body, heads.length)
    })
  })
  const vendorPort = await listen(vendor)

  const kind = options.upstream?.kind ?? 'generic'
  const upstream = anUpstream({
    slug: 'up',
    kind,
    adapter: kind === 'llm' ? 'openai' : 'generic',
    targets: [{ url: `http://127.0.0.1:${vendorPort}`, weight: 1 }],
    ...options.upstream,
  })
  const clock = systemClock
  const cache = new MemoryCache({ clock, entriesMax: 1_000, bytesMax: 100_000 })
  const turns = new ExactTurnCounter(options.turnCache ?? cache, systemRandom)
  const pool = new KeyPool(upstream.id, 'up', { clock, random: systemRandom, turns, onTransition: () => undefined })
  pool.update(specs(options.keys ?? 3))
  const clientKey = aClientKey({ digest: CLIENT_KEY })
  const snapshot = {
    current: { version: 1, upstreams: new Map([['up', { upstream, pool }]]), clientKeys: new Map([[CLIENT_KEY, clientKey]]) },
  } as unknown as ConfigurationSnapshot
  const metrics = options.metrics ?? new MetricCounts()
  const logged: string[] = []
  const log = (...words: unknown[]): void => void logged.push(JSON.stringify(words))
  const logger: Logger = { log, error: log, warn: log, info: log, debug: log }
  const records: ExchangeRecord[] = []
  const waiting: (() => void)[] = []
  const isAddressAllowed = (): boolean => true
  const client = new UpstreamClient({ resolve: createResolver({ servers: [], isAddressAllowed, clock }), isAddressAllowed })
  const budget = new ReplayBudget()
  const bounds = { replayBytesMax: options.replayBytesMax ?? 1024 * 1024, bytesMax: options.bytesMax ?? 64 * 1024 * 1024 }
  const plain = new PlainClient({ resolve: createResolver({ servers: [], isAddressAllowed, clock }), isAddressAllowed })
  const timeouts = { connectMs: 1_000, llmFirstByteMs: 5_000, proxyFirstByteMs: 5_000, idleMs: options.idleMs ?? 5_000, totalMs: 60_000 }
  const targets = new TargetRegistry({ clock, random: systemRandom, logger })
  const destinations = new Destinations(timeouts, findAdapter, generic, targets)
  const routeDestinations = new RouteDestinations(timeouts, targets)
  const plane = new DataPlane({
    snapshot,
    auth: new ClientAuth({ digester: { clientKeyDigest: (raw) => raw, fingerprint: () => '', upstreamKeyDigest: () => '', auditDigest: () => '' }, clock }),
    limitScopes: new LimitScopes(undefined),
    spending: createSpendingLimiter(clock, logger, {} as Store),
    addressLimit: undefined,
    loopGuard: new LoopGuard({ id: 'stand', publicHost: undefined }),
    observers: [],
    traceStarter: undefined,
    propagatesTrace: false,
    cors: undefined,
    vouchedAddress: () => '127.0.0.1',
    limiter: new RequestLimiter({ cache, local: cache, clock, random: systemRandom, metrics: new MetricCounts(), replicaCount: () => 1 }),
    destinations,
    client,
    forwarding: { client: plain, destinations: routeDestinations, forwardedFacts: () => ({ chain: '127.0.0.1', proto: 'http', host: 'gateway' }) },
    replayBudget: budget,
    requestIds: new RequestIds(systemRandom),
    clock,
    logger,
    accessLog: options.accessLog ?? {
      write: (record: ExchangeRecord) => {
        records.push(record)
        for (const wake of waiting.splice(0)) wake()
      },
    },
    metrics,
    recorder: { recordUse: () => undefined } as unknown as KeyStateRecorder,
    bodyBounds: { llm: bounds, generic: bounds },
    exchangesMax: 100,
    prices: new PriceBook([]),
    stalledWriteMs: options.stalledWriteMs ?? 60_000,
    random: systemRandom,
    webSockets: { max: 100, idleMs: 60_000, totalMs: 60_000 },
    exposeKeyHint: false,
    publicBaseUrl: () => 'http://localhost',
    vendorKeyPatterns: [],
    isDraining: () => false,
    clientAddress: () => '127.0.0.1',
    isPrivatePeer: () => true,
  })
  const server = createHttpServer({
    handle: (request, response) => {
      if (!plane.handle(request, response)) response.writeHead(404).end()
    },
    upgrade: (request, socket, early) => plane.upgrade(request, socket, early),
    decidesContinue: () => true,
    newRequestId: () => 'req_refused',
  })
  const port = await listen(server)

  const stand: Stand = {
    port,
    vendorUrl: `http://127.0.0.1:${vendorPort}`,
    metrics,
    pool,
    plane,
    server,
    snapshot,
    destinations,
    client,
    records,
    logged,
    budget,
    heads,
    script: () => undefined,
    finished: async (count = 1) => {
      while (records.length < count) await new Promise<void>((resolve) => waiting.push(resolve))
      return records[count - 1] as ExchangeRecord
    },
    text: (method, path, headers = {}, body = '') => {
      const all: Record<string, string> = {
        host: 'gateway',
        authorization: `Bearer ${CLIENT_KEY}`,
        ...(body === '' ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
        ...headers,
      }
      return `${method} /${kind === 'llm' ? 'llm' : 'proxy'}/up${path} HTTP/1.1\r\n${Object.entries(all)
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join('')}\r\n${body}`
    },
    leased: () => [...pool.keys.values()].reduce((sum, key) => sum + key.inFlight, 0),
    close: async () => {
      server.closeAllConnections()
      server.close()
      await client.close()
      plain.close()
      for (const socket of sockets) socket.destroy()
      vendor.close()
    },
  }
  return stand
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** Answers with a complete body. */
export function answer(socket: Socket, status: number, body: string, headers: Readonly<Record<string, string>> = {}): void {
  const all = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)), ...headers }
  socket.write(
    `HTTP/1.1 ${status} X\r\n${Object.entries(all)
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('')}\r\n${body}`,
  )
}

/** A raw client: sends bytes, and keeps what comes back. */
export class RawTalk {
  readonly socket: Socket
  received = ''
  /** `end` = FIN, `reset` = RST or another error; undefined while it is open. */
  closedBy: 'end' | 'reset' | undefined
  readonly closed: Promise<void>

  constructor(port: number, text: string | Buffer) {
    this.socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    this.socket.on('data', (chunk: Buffer) => (this.received += chunk.toString('latin1')))
    this.closed = new Promise((resolve) => {
      const over = (how: 'end' | 'reset') => () => {
        this.closedBy ??= how
        resolve()
      }
      this.socket.on('end', over('end'))
      this.socket.on('error', over('reset'))
      this.socket.on('close', over('reset'))
    })
    this.socket.write(text)
  }

  /** Resolves when what was received contains the text. */
  async until(text: string): Promise<this> {
    while (!this.received.includes(text)) {
      if (this.closedBy !== undefined) throw new Error(`Closed by ${this.closedBy} before ${JSON.stringify(text)}: ${this.received}`)
      await Promise.race([once(this.socket, 'data'), this.closed])
    }
    return this
  }

  end(): void {
    this.socket.destroy()
  }
}
