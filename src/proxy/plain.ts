// Keyless forwarding: the only user of http-proxy-middleware. It makes the request to a route's target and pipes the body up; whatever
// touches the client's own connection stays with us, so what it is given is neither the client's request nor its response.
import { EventEmitter } from 'node:events'
import { Agent as HttpAgent, type ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { isIP } from 'node:net'
import type { Readable } from 'node:stream'
import type { Plugin, RequestHandler } from 'http-proxy-middleware'
import { limits } from '../limits.ts'
import { AddressRefusedError, type UpstreamClientDependencies } from './attempt.ts'
import { createPinnedLookup } from './pinned-lookup.ts'
import type { ParsedTarget } from './target-url.ts'

export interface PlainCall {
  readonly target: ParsedTarget
  readonly method: string
  /** Path and query, already checked and joined. */
  readonly path: string
  /** Everything that is sent, framing included; repeated names as lists. */
  readonly headers: Readonly<Record<string, string | string[]>>
  readonly body: Readable
  /** Use a connection that has not been used before. */
  readonly isFresh: boolean
}

export interface PlainHandler {
  /** The request has its socket, which may still have to connect. Nothing was written yet. */
  onRequest(request: ClientRequest): void
  onResponse(response: IncomingMessage): void
  /** Also after an abort, and again: only the first one counts. */
  onError(error: Error): void
}

/** What stands for the client's response: all that is ever done to it is to close it, which ends the request to the target. */
class AbortSwitch extends EventEmitter {
  readonly headersSent = false
  readonly finished = false
  readonly writableFinished = false
  destroyed = false

  destroy(): void {
    if (this.destroyed) return
    this.destroyed = true
    this.emit('close')
  }
}

/** What stands for the client's request. */
class OutboundRequest extends EventEmitter {
  /** Set to `path` by the rewrite; before that the middleware would parse it. */
  url = '/'
  readonly httpVersion = '1.1'
  readonly httpVersionMajor = 1
  readonly socket = { writable: true }
  readonly method: string
  readonly headers: Record<string, string | string[]>
  readonly call: PlainCall
  readonly handler: PlainHandler
  readonly abort = new AbortSwitch()

  constructor(call: PlainCall, handler: PlainHandler) {
    super()
    this.call = call
    this.handler = handler
    this.method = call.method
    this.headers = call.headers
  }
}

const outbound = (request: IncomingMessage): OutboundRequest => request as unknown as OutboundRequest

/** Instead of the package's own plugins, which write answers and log lines. */
const report: Plugin = (proxy) => {
  proxy.on('proxyReq', (sent, request) => {
    const { abort, handler } = outbound(request)
    // It takes the middleware a moment to begin, and it does not see what happened before.
    if (abort.destroyed) sent.destroy()
    else handler.onRequest(sent)
  })
  proxy.on('proxyRes', (response, request) => outbound(request).handler.onResponse(response))
  proxy.on('error', (error, request) => request !== undefined && outbound(request).handler.onError(error))
  proxy.on('econnreset', (error, request) => outbound(request).handler.onError(error))
}

export class PlainClient {
  readonly #dependencies: UpstreamClientDependencies
  readonly #agents: readonly (HttpAgent | HttpsAgent)[]
  readonly #choose: (isTls: boolean, isFresh: boolean) => HttpAgent | HttpsAgent
  /** Loaded with the first request that is forwarded: it takes more memory than the rest of the data plane. */
  #forward: Promise<RequestHandler> | undefined

  constructor(dependencies: UpstreamClientDependencies) {
    this.#dependencies = dependencies
    const lookup = createPinnedLookup(dependencies.resolve)
    const sockets = { maxSockets: limits.socketsPerOriginMax, highWaterMark: limits.relayBufferBytes, noDelay: true, lookup }
    const kept = { ...sockets, keepAlive: true, timeout: limits.upstreamKeepAliveMs }
    const [http, https, freshHttp, freshHttps] = [new HttpAgent(kept), new HttpsAgent(kept), new HttpAgent(sockets), new HttpsAgent(sockets)]
    this.#agents = [http, https, freshHttp, freshHttps]
    this.#choose = (isTls, isFresh) => (isTls ? (isFresh ? freshHttps : https) : isFresh ? freshHttp : http)
  }

  async #load(): Promise<RequestHandler> {
    const { createProxyMiddleware } = await import('http-proxy-middleware')
    return createProxyMiddleware({
      ejectPlugins: true,
      plugins: [report],
      // The answer is relayed by the exchange: its rules for headers, and for an answer that breaks off, are not the middleware's.
      selfHandleResponse: true,
      router: (request, _response, options) => {
        const { target, body, isFresh } = outbound(request).call
        const { isTls, hostname, port } = target
        options.agent = this.#choose(isTls, isFresh)
        options.buffer = body
        // The middleware fills this very object and hands it to Node: one per request.
        Object.assign(options, { ssl: { maxHeaderSize: limits.responseHeaderBytesMax } })
        return { protocol: isTls ? 'https:' : 'http:', hostname, host: hostname, port }
      },
      pathRewrite: (_path, request) => outbound(request).call.path,
    })
  }

  /** @returns ends the request, answered or not. Idempotent. */
  dispatch(call: PlainCall, handler: PlainHandler): () => void {
    const { hostname } = call.target
    if (isIP(hostname) !== 0 && !this.#dependencies.isAddressAllowed(hostname)) {
      handler.onError(new AddressRefusedError(`The address ${hostname} is not allowed`))
      return () => undefined
    }
    const request = new OutboundRequest(call, handler)
    // Reached when something is wrong before a request is made.
    const fail = (error?: unknown): void => handler.onError(error instanceof Error ? error : new Error('The request could not be forwarded'))
    this.#forward ??= this.#load()
    this.#forward.then((forward) => forward(request as unknown as IncomingMessage, request.abort as unknown as ServerResponse, fail)).catch(fail)
    return () => request.abort.destroy()
  }

  close(): void {
    for (const agent of this.#agents) agent.destroy()
  }
}
