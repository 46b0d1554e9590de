// Where frames begin and end in a stream of WebSocket bytes: just enough to know when a frame of ours may go between two of theirs.

const CLOSE = 0x8
/** First two bytes, a long length, a mask. */
const HEADER_BYTES_MAX = 14

export class FrameCursor {
  readonly #header = Buffer.alloc(HEADER_BYTES_MAX)
  #have = 0
  /** Bytes of the current frame's payload that are still to come. */
  #left = 0
  /** A Close frame has begun: nothing may follow it. */
  hasSeenClose = false

  /** The next byte begins a frame. */
  get isBetween(): boolean {
    return this.#have === 0 && this.#left === 0
  }

  push(chunk: Buffer): void {
    for (let at = 0; at < chunk.length;) {
      if (this.#left > 0) {
        const skipped = Math.min(this.#left, chunk.length - at)
        this.#left -= skipped
        at += skipped
        continue
      }
      this.#header[this.#have++] = chunk[at++] as number
      if (this.#have >= 2 && this.#have === this.#headerBytes()) this.#beginPayload()
    }
  }

  #headerBytes(): number {
    const second = this.#header[1] as number
    const length = second & 0x7f
    return 2 + (length === 127 ? 8 : length === 126 ? 2 : 0) + (second >= 0x80 ? 4 : 0)
  }

  #beginPayload(): void {
    const length = (this.#header[1] as number) & 0x7f
    this.#left = length === 127 ? Number(this.#header.readBigUInt64BE(2)) : length === 126 ? this.#header.readUInt16BE(2) : length
    this.#have = 0
    if (((this.#header[0] as number) & 0x0f) === CLOSE) this.hasSeenClose = true
  }
}

/** @param mask undefined = from server to client; 4 random bytes the other way */
export function closeFrame(code: number, mask: Buffer | undefined): Buffer {
  const payload = [code >> 8, code & 0xff]
  if (mask === undefined) return Buffer.from([0x80 | CLOSE, payload.length, ...payload])
  return Buffer.from([0x80 | CLOSE, 0x80 | payload.length, ...mask, ...payload.map((byte, index) => byte ^ (mask[index] as number))])
}
