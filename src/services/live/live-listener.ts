// What the hub knows of a listener: how it is written to, how much waits for it, how it is sent away.
import type { LiveEnd } from '../../domain/live-event.ts'

/** JSON with its id, which is repeated outside of it where a protocol has a place for it. */
export interface LiveEventText {
  readonly id: string
  readonly json: string
}

/** How events are put on a wire; one object per protocol. */
export interface LiveEncoding {
  readonly name: 'sse' | 'websocket'
  encode(event: LiveEventText): Uint8Array
}

export interface LiveListener {
  readonly encoding: LiveEncoding
  /** Bytes on their way that the connection has not taken yet. */
  readonly waitingBytes: number
  send(bytes: Uint8Array): void
  /** Called every limits.liveHeartbeatMs. */
  beat(): void
  /** Says why and closes; within limits.liveCloseMs the connection is gone. Idempotent. */
  end(reason: LiveEnd): void
}

/** Events as bytes, made once per encoding. */
export class EncodedEvents {
  readonly #events: readonly LiveEventText[]
  readonly #bytes = new Map<LiveEncoding, Uint8Array>()

  constructor(events: readonly LiveEventText[]) {
    this.#events = events
  }

  get count(): number {
    return this.#events.length
  }

  bytesFor(encoding: LiveEncoding): Uint8Array {
    let bytes = this.#bytes.get(encoding)
    if (bytes === undefined) {
      bytes = Buffer.concat(this.#events.map((event) => encoding.encode(event)))
      this.#bytes.set(encoding, bytes)
    }
    return bytes
  }
}
