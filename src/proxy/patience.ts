// How long each side of an exchange may keep the other waiting: one deadline that moves with what happens.
import type { ServerResponse } from 'node:http'
import type { Clock } from '../ports/clock.ts'
import type { Destination } from './destination.ts'
import { StallWatch } from './stall-watch.ts'

/** What ran out: the time until the answer begins, the silence inside it, the whole time, or the client's time to read. */
export type Lateness = 'first_byte' | 'idle' | 'total' | 'client'

export class Patience {
  readonly #clock: Clock
  readonly #stall: StallWatch
  #destination: Destination | undefined
  #totalDeadlineMs = Infinity
  /** Monotonic ms. */
  deadlineMs = Infinity

  /** @param stalledWriteMs how long a client may leave what was written to it */
  constructor(response: ServerResponse, clock: Clock, stalledWriteMs: number) {
    this.#clock = clock
    this.#stall = new StallWatch(response, stalledWriteMs)
  }

  begin(destination: Destination): void {
    this.#destination = destination
    this.#totalDeadlineMs = this.#clock.monotonicMs() + destination.totalMs
  }

  /** An attempt waits for a connection. @returns now */
  attemptStarted(): number {
    const { connectMs, firstByteMs } = this.#destination as Destination
    return this.#wait(connectMs + firstByteMs)
  }

  /** The request goes out, or a part of it has; from here on the vendor's time runs. */
  requestProgressed(): void {
    this.#wait((this.#destination as Destination).firstByteMs)
  }

  /** @returns now */
  headArrived(): number {
    return this.#wait((this.#destination as Destination).idleMs)
  }

  /** @param isClientBehind what was relayed could not be written yet */
  chunkRelayed(isClientBehind: boolean): void {
    const nowMs = this.#clock.monotonicMs()
    this.#waitFrom(nowMs, isClientBehind ? this.#stall.begin(nowMs) : this.#stall.end((this.#destination as Destination).idleMs))
  }

  /** Whose time is over at the deadline; undefined when it only had to be looked at and goes on. */
  findLateness(nowMs: number, isClientBehind: boolean, isAnswering: boolean): Lateness | undefined {
    if (nowMs >= this.#totalDeadlineMs) return 'total'
    if (!this.#stall.isOn) return isAnswering ? 'idle' : 'first_byte'
    // The client does not read, or did not until now: its time runs, not the vendor's.
    if (isClientBehind && this.#stall.isOver(nowMs)) return 'client'
    this.#waitFrom(nowMs, isClientBehind ? this.#stall.begin(nowMs) : this.#stall.end((this.#destination as Destination).idleMs))
    return undefined
  }

  /** Nothing is waited for any more. */
  end(): void {
    this.deadlineMs = Infinity
  }

  /** The last byte was written: what the client leaves unread is the socket's own business now. */
  leave(): void {
    this.#stall.leave()
  }

  #wait(forMs: number): number {
    const nowMs = this.#clock.monotonicMs()
    this.#waitFrom(nowMs, forMs)
    return nowMs
  }

  #waitFrom(nowMs: number, forMs: number): void {
    this.deadlineMs = Math.min(nowMs + forMs, this.#totalDeadlineMs)
  }
}
