// Connections to upstreams: the only user of undici. Sends one attempt and says in our words how it failed.
import type { LookupAddress } from 'node:dns'
import { isIP, type Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { buildConnector, type Dispatcher, errors, Pool } from 'undici'
import { type ErrorCode, GatewayError } from '../errors.ts'
import { limits } from '../limits.ts'
import { errorCode, MALFORMED, TLS, UNREACHABLE } from './attempt-error-codes.ts'
import { createPinnedLookup } from './pinned-lookup.ts'
import type { ParsedTarget } from './target-url.ts'

export type AttemptController = Dispatcher.DispatchController
export type AttemptHandler = Required<
  Pick<Dispatcher.DispatchHandler, 'onRequestStart' | 'onResponseStart' | 'onResponseData' | 'onResponseEnd' | 'onResponseError'>
> &
  Pick<Dispatcher.DispatchHandler, 'onRequestUpgrade'>

export interface AttemptRequest {
  readonly method: string
  /** Path and query, already checked and joined. */
  readonly path: string
  readonly headers: string[]
  readonly body: Buffer | Readable | undefined
  readonly connectMs: number
  /** Use a connection that has not been used before. */
  readonly isFresh: boolean
  /** A WebSocket handshake; the handler has `onRequestUpgrade`. */
  readonly isUpgrade?: boolean
}

/** Resolves a name to addresses that may be connected to; rejects with AddressRefusedError when none may. */
export type ResolveAddresses = (hostname: string) => Promise<readonly LookupAddress[]>

export class AddressRefusedError extends Error {
  readonly code = 'AKR_ADDRESS_REFUSED'
}

class ConnectTimeoutError extends Error {
  readonly code = 'UND_ERR_CONNECT_TIMEOUT'
}

export interface UpstreamClientDependencies {
  readonly resolve: ResolveAddresses
  readonly isAddressAllowed: (address: string) => boolean
  /** Port on 127.0.0.1 of a name that this process answers itself; the address rules do not apply to it. */
  readonly ownPort?: (hostname: string) => number | undefined
}

export class UpstreamClient {
  readonly #dependencies: UpstreamClientDependencies
  readonly #pools = new Map<string, Pool>()

  constructor(dependencies: UpstreamClientDependencies) {
    this.#dependencies = dependencies
  }

  dispatch(target: ParsedTarget, request: AttemptRequest, handler: AttemptHandler): void {
    const { method, path, headers, body } = request
    const options: Dispatcher.DispatchOptions = { method, path, headers, body: body ?? null }
    // Closed behind its request, so that a fresh connection is never used a second time.
    if (request.isFresh) options.reset = true
    if (request.isUpgrade === true) options.upgrade = 'websocket'
    this.#pool(target.origin, request.connectMs, request.isFresh).dispatch(options, handler)
  }

  async close(): Promise<void> {
    const pools = [...this.#pools.values()]
    this.#pools.clear()
    await Promise.allSettled(pools.map((pool) => pool.destroy()))
  }

  #pool(origin: string, connectMs: number, isFresh: boolean): Pool {
    const id = isFresh ? `fresh ${connectMs} ${origin}` : connectMs === limits.connectTimeoutMs ? origin : `${connectMs} ${origin}`
    let pool = this.#pools.get(id)
    if (pool === undefined) {
      if (this.#pools.size >= limits.originsMax) this.#closeOldest()
      const keepAliveMs = isFresh ? 1 : limits.upstreamKeepAliveMs
      pool = new Pool(origin, {
        connections: limits.socketsPerOriginMax,
        pipelining: 1,
        keepAliveTimeout: keepAliveMs,
        keepAliveMaxTimeout: keepAliveMs,
        keepAliveTimeoutThreshold: 1_000,
        // The exchange watches its own deadlines; a timer per socket would only be paid for twice.
        headersTimeout: 0,
        bodyTimeout: 0,
        maxHeaderSize: limits.responseHeaderBytesMax,
        connect: this.#connector(connectMs),
      })
      this.#pools.set(id, pool)
    }
    return pool
  }

  #closeOldest(): void {
    const [id, pool] = this.#pools.entries().next().value as [string, Pool]
    this.#pools.delete(id)
    void pool.close().catch(() => undefined)
  }

  /** Connects only to addresses that were checked, and pins the connection to the address that was checked. */
  #connector(connectMs: number): buildConnector.connector {
    const { resolve, isAddressAllowed, ownPort } = this.#dependencies
    const lookup = createPinnedLookup(resolve)
    // The connector's types leave out what it hands on to the socket.
    const socketOptions = { highWaterMark: limits.relayBufferBytes, lookup }
    const connect = buildConnector({ timeout: 0, allowH2: false, ...socketOptions })
    return (asked, callback) => {
      const port = ownPort?.(asked.hostname)
      const options = port === undefined ? asked : { ...asked, hostname: '127.0.0.1', port: String(port) }
      const hostname = options.hostname.replace(/^\[|\]$/g, '')
      if (port === undefined && isIP(hostname) !== 0 && !isAddressAllowed(hostname)) {
        callback(new AddressRefusedError(`The address ${hostname} is not allowed`), null)
        return
      }
      let isOver = false
      let timer: NodeJS.Timeout | undefined
      const socket = connect(options, (...result: Parameters<buildConnector.Callback>) => {
        if (isOver) return
        isOver = true
        clearTimeout(timer)
        callback(...result)
      }) as unknown as Socket
      if (!isOver) timer = setTimeout(() => socket.destroy(new ConnectTimeoutError(`No connection within ${connectMs} ms`)), connectMs)
    }
  }
}

/** How an attempt failed without a complete answer. */
export interface AttemptFailure {
  readonly code: ErrorCode
  /** Short and stable, for metrics and key reasons. */
  readonly reason: string
  /** No byte of the request was written: sending it again cannot run it twice. */
  readonly isUnsent: boolean
  /** Trying again makes no sense: the time is used up, or the next try would fail in the same way. */
  readonly isFinal?: boolean
}

/** Aborts that the gateway itself decided on carry this error. */
export class AttemptAborted extends Error {
  readonly failure: AttemptFailure
  constructor(code: ErrorCode, reason: string) {
    super(reason)
    this.name = 'AttemptAborted'
    this.failure = { code, reason, isUnsent: false, isFinal: code === 'upstream_timeout' }
  }
}

/** @param wasStarted whether the request had been handed to a connection */
export function failureOf(error: Error, wasStarted: boolean): AttemptFailure {
  if (error instanceof AttemptAborted) return error.failure
  if (error instanceof GatewayError) return { code: error.code, reason: error.code, isUnsent: false }
  const code = errorCode(error)
  const isUnsent = !wasStarted
  if (code === 'AKR_ADDRESS_REFUSED') return { code: 'upstream_address_refused', reason: 'address refused', isUnsent: true, isFinal: true }
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || (isUnsent && code === 'ETIMEDOUT'))
    return { code: 'upstream_timeout', reason: 'timeout connect', isUnsent: true, isFinal: true }
  if (code === 'UND_ERR_INVALID_ARG') return { code: 'request_malformed', reason: 'cannot be sent', isUnsent: true, isFinal: true }
  if (UNREACHABLE.has(code)) return { code: 'upstream_unreachable', reason: `connect ${code}`, isUnsent }
  if (isUnsent && TLS.test(code)) return { code: 'upstream_tls_error', reason: `tls ${code}`, isUnsent, isFinal: true }
  if (code === 'UND_ERR_HEADERS_OVERFLOW' || code === 'HPE_HEADER_OVERFLOW')
    return { code: 'upstream_headers_too_large', reason: 'headers too large', isUnsent }
  const isBadAnswer = error instanceof errors.SocketError && (error.message === 'bad response' || error.message === 'bad upgrade')
  if (isBadAnswer || error instanceof errors.HTTPParserError || code.startsWith('HPE_') || MALFORMED.has(code)) {
    return { code: 'upstream_malformed', reason: 'malformed answer', isUnsent }
  }
  if (isUnsent) return { code: 'upstream_unreachable', reason: `connect ${code || error.name}`, isUnsent }
  return { code: 'upstream_reset', reason: 'connection closed', isUnsent }
}
