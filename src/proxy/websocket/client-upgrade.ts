// What a handshake becomes once its vendor has agreed: the 101, the tunnel, and what is counted of it.
import type { Duplex } from 'node:stream'
import { isDeepStrictEqual } from 'node:util'
import type { Route } from '../../domain/route.ts'
import { GatewayError } from '../../errors.ts'
import type { DataPlaneDependencies } from '../data-plane-dependencies.ts'
import type { UpgradeEnd, UpgradeStart, UpgradeTerms } from '../exchange-parts.ts'
import type { InFlight } from '../in-flight.ts'
import type { VendorAnswer } from '../vendor-answer.ts'
import type { Caller } from './caller.ts'
import { findAnswerFault, type Handshake } from './handshake.ts'
import { Tunnel, type TunnelOutcome } from './tunnel.ts'

/** Parts of an answer's head that make no sense where no answer follows. */
const NOT_IN_101 = new Set(['content-length', 'content-type', 'content-security-policy', 'x-accel-buffering'])

export class ClientUpgrade implements UpgradeStart {
  readonly #caller: Caller
  readonly #handshake: Handshake
  readonly #dependencies: DataPlaneDependencies
  readonly #tunnels: InFlight<Tunnel>
  #tunnel: Tunnel | undefined
  /** By which it came, as it was when it was last looked at. */
  #route: Route | undefined

  constructor(caller: Caller, handshake: Handshake, dependencies: DataPlaneDependencies, tunnels: InFlight<Tunnel>) {
    this.#caller = caller
    this.#handshake = handshake
    this.#dependencies = dependencies
    this.#tunnels = tunnels
  }

  get isOpen(): boolean {
    return this.#tunnel !== undefined
  }

  began(flight: { fail(error: unknown): void }, route?: Route): void {
    this.#route = route
    this.#caller.onEarlyBytes = () => flight.fail(tooEarly())
  }

  findFault({ status, headers }: Pick<VendorAnswer, 'status' | 'headers'>): string | undefined {
    return findAnswerFault(this.#handshake, status, headers)
  }

  open(vendor: Duplex, headers: readonly string[], terms: UpgradeTerms, ended: (end: UpgradeEnd) => void): void {
    const { clock, random, metrics, stalledWriteMs, webSockets } = this.#dependencies
    const timeouts = terms.entry?.upstream.timeouts
    const tunnel = new Tunnel(this.#caller.switch(renderSwitch(headers)), vendor, {
      clock,
      random,
      stalledWriteMs,
      idleMs: timeouts?.idleMs ?? webSockets.idleMs,
      totalMs: timeouts?.totalMs ?? webSockets.totalMs,
      isAllowed: () => this.#mayStay(terms),
      ended: ({ outcome, bytesIn, bytesOut }) => {
        this.#tunnels.remove(tunnel)
        metrics.webSocketEnded(outcome)
        ended({ outcome: outcomeOf(outcome), bytesIn, bytesOut })
      },
    })
    this.#tunnel = tunnel
    this.#tunnels.add(tunnel)
    metrics.webSocketOpened()
    tunnel.begin()
  }

  close(): void {
    this.#tunnel?.close('drained')
  }

  /** What was true at the handshake may have changed since: what is taken away or leads elsewhere now is so for open WebSockets too. */
  #mayStay({ clientKey, entry }: UpgradeTerms): boolean {
    const { snapshot, clock } = this.#dependencies
    const { current } = snapshot
    const slug = entry?.upstream.slug
    if (entry !== undefined) {
      const upstream = current?.upstreams.get(entry.upstream.slug)?.upstream
      if (upstream?.id !== entry.upstream.id || !upstream.enabled) return false
    }
    if (!this.#isRouteInForce(clientKey !== undefined)) return false
    if (clientKey === undefined) return true
    const key = current?.clientKeys.get(clientKey.digest)
    if (key?.id !== clientKey.id || key.revokedAtMs !== undefined || (key.expiresAtMs ?? Infinity) <= clock.nowMs()) return false
    const isAccountOpen = key.account === undefined || (key.account !== 'gone' && key.account.enabled)
    return isAccountOpen && (slug === undefined || key.upstreams === undefined || key.upstreams.includes(slug))
  }

  #isRouteInForce(hasClientKey: boolean): boolean {
    if (this.#route === undefined) return true
    const route = this.#dependencies.snapshot.current?.routes?.enforced.get(this.#route.id)
    if (route === this.#route) return true
    if (route === undefined || (route.requiresClientKey && !hasClientKey) || !isDeepStrictEqual(route.action, this.#route.action)) return false
    this.#route = route
    return true
  }
}

export function tooEarly(): GatewayError {
  return new GatewayError(
    'request_malformed',
    'A client must wait for the answer to its WebSocket handshake before it sends anything. Nothing of it was forwarded.',
  )
}

function outcomeOf(outcome: TunnelOutcome): UpgradeEnd['outcome'] {
  return outcome === 'vendor_error' ? 'upstream_error' : outcome === 'aborted' ? 'aborted' : 'ok'
}

function renderSwitch(headers: readonly string[]): string {
  let head = 'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n'
  for (let i = 0; i < headers.length; i += 2) if (!NOT_IN_101.has(headers[i] as string)) head += `${headers[i]}: ${headers[i + 1]}\r\n`
  return `${head}\r\n`
}
