// Two connections that speak WebSocket with each other: bytes pass as they come, and when one side ends, so does the other.
import type { Duplex } from 'node:stream'
import { limits } from '../../limits.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import type { InFlightEntry } from '../in-flight.ts'
import { closeFrame, FrameCursor } from './frame-cursor.ts'

/** Who, or what, ended it. `aborted`, `vendor_error`: the client's or the vendor's connection broke. */
export type TunnelOutcome = 'client' | 'vendor' | 'aborted' | 'vendor_error' | 'idle' | 'too_long' | 'revoked' | 'drained'

export interface TunnelEnd {
  readonly outcome: TunnelOutcome
  /** From the client. */
  readonly bytesIn: number
  readonly bytesOut: number
}

export interface TunnelOptions {
  readonly clock: Clock
  readonly random: Random
  readonly idleMs: number
  readonly totalMs: number
  readonly stalledWriteMs: number
  /** Whether whoever opened it may still use it. */
  readonly isAllowed: () => boolean
  /** Called once, when both connections are closed. */
  readonly ended: (end: TunnelEnd) => void
}

/** One direction. */
class Way {
  readonly from: Duplex
  readonly to: Duplex
  readonly isToVendor: boolean
  readonly cursor = new FrameCursor()
  bytes = 0
  hasEnded = false
  /** Since when the reader is behind; undefined while it is not. */
  pausedAtMs: number | undefined

  constructor(from: Duplex, to: Duplex, isToVendor: boolean) {
    this.from = from
    this.to = to
    this.isToVendor = isToVendor
  }
}

/** RFC 6455 §7.4.1: going away; policy violation. */
const GOING_AWAY = 1001
const POLICY = 1008

export class Tunnel implements InFlightEntry {
  readonly #options: TunnelOptions
  readonly #up: Way
  readonly #down: Way
  readonly #totalAtMs: number
  #lastMs: number
  #isLeaving = false
  /** Both sides were told; what still comes is thrown away. */
  #isClosing = false
  #outcome: TunnelOutcome | undefined
  #openSides = 2
  inFlightIndex = -1
  deadlineMs: number

  constructor(client: Duplex, vendor: Duplex, options: TunnelOptions) {
    this.#options = options
    this.#up = new Way(client, vendor, true)
    this.#down = new Way(vendor, client, false)
    this.#lastMs = options.clock.monotonicMs()
    this.#totalAtMs = this.#lastMs + options.totalMs
    this.deadlineMs = this.#lastMs
    this.#wait(limits.webSocketLookMs)
  }

  begin(): void {
    for (const way of [this.#up, this.#down]) {
      way.from.on('data', (chunk: Buffer) => this.#pass(way, chunk))
      way.to.on('drain', () => this.#goOn(way))
      way.from.on('end', () => this.#ended(way))
      way.from.on('error', () => this.#end(way.isToVendor ? 'aborted' : 'vendor_error'))
      way.from.on('close', () => this.#closed(way))
    }
    // What a side said in the moment of the switch waits in its buffer.
    this.#up.from.resume()
    this.#down.from.resume()
  }

  /** Looks at the next opportunity whether it may still be used. */
  look(): void {
    if (!this.#isClosing && !this.#up.hasEnded && !this.#down.hasEnded) this.#wait(0)
  }

  /** Ends it as soon as nothing is under way: other instances are there for the client. */
  leave(): void {
    this.#isLeaving = true
    this.#wait(0)
  }

  /** Says goodbye to both sides, where a frame may stand, and ends. */
  close(outcome: TunnelOutcome): void {
    if (this.#isClosing) return
    this.#end(outcome)
    this.#isClosing = true
    const code = outcome === 'revoked' ? POLICY : GOING_AWAY
    for (const { from, to, cursor, isToVendor } of [this.#up, this.#down]) {
      const frame = closeFrame(code, isToVendor ? this.#options.random.bytes(4) : undefined)
      if (cursor.isBetween && !cursor.hasSeenClose && to.writable) to.write(frame)
      to.end()
      // Bytes left unread would turn the end into a reset, and take the frame with it.
      from.resume()
    }
    this.#wait(limits.webSocketCloseMs)
  }

  onDeadline(nowMs: number): void {
    if (this.#isClosing) return this.#destroy()
    const { idleMs, stalledWriteMs, isAllowed } = this.#options
    const silentMs = nowMs - this.#lastMs
    if (this.#up.hasEnded || this.#down.hasEnded) {
      if (silentMs >= limits.webSocketCloseMs) return this.#destroy()
    } else if (nowMs >= this.#totalAtMs) return this.close('too_long')
    else if (silentMs >= idleMs) return this.close('idle')
    else if (!isAllowed()) return this.close('revoked')
    else if (this.#isLeaving && silentMs >= limits.webSocketQuietMs && this.#up.cursor.isBetween && this.#down.cursor.isBetween) return this.close('drained')
    for (const { pausedAtMs, isToVendor } of [this.#up, this.#down]) {
      if (pausedAtMs === undefined || nowMs - pausedAtMs < stalledWriteMs) continue
      this.#end(isToVendor ? 'vendor_error' : 'aborted')
      return this.#destroy()
    }
    this.#wait(this.#isLeaving ? 0 : limits.webSocketLookMs)
  }

  #pass(way: Way, chunk: Buffer): void {
    // Whoever has ended takes nothing any more.
    if (this.#isClosing || !way.to.writable) return
    this.#lastMs = this.#options.clock.monotonicMs()
    way.bytes += chunk.length
    way.cursor.push(chunk)
    if (way.to.write(chunk)) return
    way.pausedAtMs = this.#lastMs
    way.from.pause()
  }

  #goOn(way: Way): void {
    if (way.pausedAtMs === undefined) return
    way.pausedAtMs = undefined
    this.#lastMs = this.#options.clock.monotonicMs()
    way.from.resume()
  }

  /** That side says no more; what it said so far still reaches the other, which may answer for a moment. */
  #ended(way: Way): void {
    way.hasEnded = true
    this.#lastMs = this.#options.clock.monotonicMs()
    this.#end(way.isToVendor ? 'client' : 'vendor')
    way.to.end()
    if (!this.#isClosing) this.#wait(limits.webSocketCloseMs)
  }

  #closed(way: Way): void {
    if (!way.hasEnded) {
      this.#end(way.isToVendor ? 'aborted' : 'vendor_error')
      way.to.destroy()
    }
    if (--this.#openSides > 0) return
    this.#options.ended({ outcome: this.#outcome ?? 'aborted', bytesIn: this.#up.bytes, bytesOut: this.#down.bytes })
  }

  /** The first cause counts. */
  #end(outcome: TunnelOutcome): void {
    this.#outcome ??= outcome
  }

  #destroy(): void {
    this.#up.from.destroy()
    this.#down.from.destroy()
  }

  #wait(forMs: number): void {
    this.deadlineMs = this.#options.clock.monotonicMs() + forMs
  }
}
