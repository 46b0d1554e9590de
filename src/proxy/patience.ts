// How long each side of an exchange may keep the other waiting: one deadline that moves with what happens.
import type { ServerResponse } from 'node:http'
import type { Clock } from '../ports/clock.ts'
import type { Destination } from './destination.ts'
import { StallWatch } from './stall-watch.ts'

export type WaitingTimes = Pick<Destination, 'connectMs' | 'firstByteMs' | 'idleMs' | 'totalMs'>

/** What ran out: the time until the answer begins, the silence inside it, the whole time, or the client's time to read. */
export type Lateness = 'first_byte' | 'idle' | 'total' | 'client'

export class Patience {
  readonly #clock: Clock
  readonly #response: ServerResponse
  readonly #stalledWriteMs: number
  /** Made when the client falls behind for the first time; few do. */
  #stall: StallWatch | undefined
  #destination: WaitingTimes | undefined
  #totalDeadlineMs = Infinity
  #nowMs = 0
  #isNow = false
  /** Monotonic ms. */
  deadlineMs = Infinity

  /** @param stalledWriteMs how long a client may leave what was written to it */
  constructor(response: ServerResponse, clock: Clock, stalledWriteMs: number) {
    this.#clock = clock
    this.#response = response
    this.#stalledWriteMs = stalledWriteMs
  }

  /** @param totalMs for the whole exchange; default the destination's */
  begin(destination: WaitingTimes, totalMs = destination.totalMs): void {
    this.#destination = destination
    this.#isNow = false
    this.#totalDeadlineMs = this.nowMs + totalMs
    this.#isNow = true
  }

  /** Monotonic ms; read once for everything that happens before the request is handed over. */
  get nowMs(): number {
    if (!this.#isNow) this.#nowMs = this.#clock.monotonicMs()
    return this.#nowMs
  }

  /** An attempt waits for a connection. @returns now */
  attemptStarted(): number {
    const { connectMs, firstByteMs } = this.#destination as WaitingTimes
    const nowMs = this.nowMs
    this.#isNow = true
    this.#waitFrom(nowMs, connectMs + firstByteMs)
    return nowMs
  }

  /** The request was handed over: from here on time passes. */
  attemptSent(): void {
    this.#isNow = false
  }

  /** The request goes out, or a part of it has; from here on the vendor's time runs. */
  requestProgressed(): void {
    this.#waitFrom(this.nowMs, (this.#destination as WaitingTimes).firstByteMs)
  }

  /** @returns now */
  headArrived(): number {
    const nowMs = this.nowMs
    this.#waitFrom(nowMs, (this.#destination as WaitingTimes).idleMs)
    return nowMs
  }

  /** @param isClientBehind what was relayed could not be written yet */
  chunkRelayed(isClientBehind: boolean): void {
    this.#waitForNext(this.nowMs, isClientBehind)
  }

  /** Whose time is over at the deadline; undefined when it only had to be looked at and goes on. */
  findLateness(nowMs: number, isClientBehind: boolean, isAnswering: boolean): Lateness | undefined {
    if (nowMs >= this.#totalDeadlineMs) return 'total'
    if (this.#stall?.isOn !== true) return isAnswering ? 'idle' : 'first_byte'
    // The client does not read, or did not until now: its time runs, not the vendor's.
    if (isClientBehind && this.#stall.isOver(nowMs)) return 'client'
    this.#waitForNext(nowMs, isClientBehind)
    return undefined
  }

  /** Nothing is waited for any more. */
  end(): void {
    this.deadlineMs = Infinity
  }

  /** The last byte was written, and nobody looks any more: the socket itself gives up when what is left makes no progress. */
  leave(): void {
    const { socket } = this.#response
    if (socket !== null && socket.writableLength > 0) socket.setTimeout(this.#stalledWriteMs)
  }

  #waitForNext(nowMs: number, isClientBehind: boolean): void {
    if (isClientBehind) {
      this.#stall ??= new StallWatch(this.#response, this.#stalledWriteMs)
      this.#waitFrom(nowMs, this.#stall.begin(nowMs))
    } else {
      this.#stall?.end()
      this.#waitFrom(nowMs, (this.#destination as WaitingTimes).idleMs)
    }
  }

  #waitFrom(nowMs: number, forMs: number): void {
    this.deadlineMs = Math.min(nowMs + forMs, this.#totalDeadlineMs)
  }
}
