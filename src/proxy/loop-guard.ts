// Keeps requests from going in circles: the gateways that a request has passed are named in a header, which near targets alone are sent.
import { GatewayError } from '../errors.ts'
import { limits } from '../limits.ts'
import type { InboundHead } from './guard.ts'
import type { ParsedTarget } from './target-url.ts'

export interface LoopGuardOptions {
  /** Names all replicas of this gateway; says nothing to others. A header's token without commas. */
  readonly id: string
  /** Host and port under which this gateway is reached from outside; undefined when that is not known. */
  readonly publicHost: string | undefined
}

export const HOPS_HEADER = 'x-akr-hops'

/**
 * A target is near when it could be this gateway, or lead back to it: in a private network, or under the public name. Vendors are no such
 * targets, and what they are sent says nothing about the gateways on the way.
 */
export class LoopGuard {
  readonly #options: LoopGuardOptions

  constructor(options: LoopGuardOptions) {
    this.#options = options
  }

  /** @throws GatewayError loop_detected */
  assertForward({ hops }: InboundHead): void {
    if (hops === undefined) return
    const ids = hops.split(',').map((id) => id.trim())
    const advice = 'Correct the URL of that target.'
    if (ids.includes(this.#options.id))
      throw new GatewayError('loop_detected', `This request has passed this gateway before: a target of a route or upstream leads back here. ${advice}`, {
        shouldRetry: false,
      })
    if (ids.length >= limits.gatewayHopsMax)
      throw new GatewayError('loop_detected', `This request has passed ${ids.length} gateways; at most ${limits.gatewayHopsMax} may follow each other.`, {
        shouldRetry: false,
      })
  }

  /** What a request to this target says about its way; undefined when it says nothing. */
  hopsTo(target: ParsedTarget, { hops }: InboundHead): string | undefined {
    if (!target.isNear && target.host !== this.#options.publicHost) return undefined
    return hops === undefined ? this.#options.id : `${hops},${this.#options.id}`
  }
}
