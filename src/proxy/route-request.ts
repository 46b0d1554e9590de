// A request as the routes look at it. What costs something is found out when a route asks for it.
import type { IncomingMessage } from 'node:http'
import type { RouteRequest } from '../domain/route.ts'
import { GatewayError } from '../errors.ts'
import type { LiveClientKey, Snapshot } from '../services/snapshot.ts'
import { findCredential } from './credentials.ts'
import type { DataPlaneDependencies } from './data-plane-dependencies.ts'
import { guessRouteDialect } from './dialect-guess.ts'
import type { InboundHead } from './guard.ts'

export class SeenRequest implements RouteRequest {
  readonly method: string
  readonly path: string
  readonly query: string
  /** Set when the body was read, or when there is none to read. */
  model: (() => string | undefined) | undefined
  readonly head: InboundHead
  readonly request: IncomingMessage
  readonly #snapshot: Snapshot
  readonly #dependencies: DataPlaneDependencies
  #caller: { readonly key: LiveClientKey | undefined } | undefined

  constructor(request: IncomingMessage, head: InboundHead, snapshot: Snapshot, dependencies: DataPlaneDependencies) {
    const questionMark = head.target.indexOf('?')
    this.request = request
    this.head = head
    this.method = head.method
    this.path = questionMark < 0 ? head.target : head.target.slice(0, questionMark)
    this.query = questionMark < 0 ? '' : head.target.slice(questionMark + 1)
    this.#snapshot = snapshot
    this.#dependencies = dependencies
  }

  get host(): string | undefined {
    return this.request.headers.host
  }

  get headers(): readonly string[] {
    return this.head.headers
  }

  get clientKeyId(): string | undefined {
    return this.#key?.id
  }

  get accountId(): string | undefined {
    return this.#key?.accountId
  }

  /** Only a key that opens something says who calls. */
  get #key(): LiveClientKey | undefined {
    this.#caller ??= { key: this.#identify() }
    return this.#caller.key
  }

  #identify(): LiveClientKey | undefined {
    const { auth, isPrivatePeer } = this.#dependencies
    const credential = findCredential(this.head, this.query, guessRouteDialect(this.head, this.path, this.query))
    if (credential === undefined) return undefined
    try {
      return auth.authenticate(this.#snapshot, credential.value, () => isPrivatePeer(this.request))
    } catch (error) {
      if (error instanceof GatewayError) return undefined
      throw error
    }
  }
}
