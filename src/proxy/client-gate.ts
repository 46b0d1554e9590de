// Lets clients in to what the gateway itself does for them: the same keys, networks and limits as on their way to a vendor.
import type { IncomingMessage } from 'node:http'
import type { ClientKey } from '../domain/client-key.ts'
import { GatewayError } from '../errors.ts'
import { joinPlaces, type LimitPlace } from '../services/request-limits.ts'
import type { LiveClientKey } from '../services/snapshot.ts'
import { authenticateCaller, type Caller, type CallerDependencies, missingKey, whenCounted, withinLimits } from './caller.ts'
import { findCredential } from './credentials.ts'
import type { DataPlaneOptions } from './data-plane-dependencies.ts'
import { readHead } from './guard.ts'

export type ClientGateDependencies = CallerDependencies & Pick<DataPlaneOptions, 'snapshot' | 'addressLimit' | 'clientAddress'>

export class ClientGate {
  readonly #dependencies: ClientGateDependencies

  constructor(dependencies: ClientGateDependencies) {
    this.#dependencies = dependencies
  }

  /** Whose request it is; it counts against the limits until it is left. @throws GatewayError */
  async enter(request: IncomingMessage): Promise<{ readonly clientKey: LiveClientKey; leave(): void }> {
    const snapshot = this.#dependencies.snapshot.current
    if (snapshot === undefined)
      throw new GatewayError('degraded', 'The gateway has not loaded its configuration yet. Try again in a moment.', { retryAfterMs: 1_000 })
    const visit = new Visit(request)
    try {
      const { addressLimit } = this.#dependencies
      if (addressLimit !== undefined) await visit.wait((next) => whenCounted(visit, addressLimit.claim(this.#dependencies.clientAddress(request)), next))
      const credential = findCredential(readHead(request), '', 'openai')
      if (credential === undefined) {
        this.#dependencies.metrics.authFailed('proxy', 'missing')
        throw missingKey()
      }
      const clientKey = authenticateCaller(visit, snapshot, credential.value, this.#dependencies)
      await visit.wait((next) => withinLimits(visit, clientKey, this.#dependencies, next))
      return { clientKey, leave: () => visit.leave() }
    } catch (error) {
      visit.leave()
      throw error
    }
  }
}

class Visit implements Caller {
  readonly start: Caller['start']
  clientKey: ClientKey | undefined
  isOver = false
  #place: LimitPlace | undefined
  #fail: ((error: unknown) => void) | undefined

  constructor(request: IncomingMessage) {
    this.start = { request }
  }

  hold(place: LimitPlace): void {
    if (this.isOver) place.release()
    else this.#place = this.#place === undefined ? place : joinPlaces(this.#place, place)
  }

  fail(error: unknown): void {
    this.#fail?.(error)
  }

  /** @throws what the step throws, now or later */
  wait(step: (next: () => void) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#fail = reject
      step(resolve)
    })
  }

  leave(): void {
    this.isOver = true
    this.#place?.release()
    this.#place = undefined
  }
}
