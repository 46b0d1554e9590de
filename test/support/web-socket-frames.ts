// Owns WebSocket frames as bytes: what a test writes, and reads back.

export interface Frame {
  readonly opcode: number
  readonly payload: Buffer
}

export const TEXT = 1
export const BINARY = 2
export const CLOSE = 8
export const PING = 9

/** @param mask 4 bytes, as every frame of a client has */
export function encodeFrame({ opcode, payload }: Frame, mask?: Buffer): Buffer {
  const { length } = payload
  const long = length > 0xffff ? 8 : length > 125 ? 2 : 0
  const head = Buffer.alloc(2 + long)
  head[0] = 0x80 | opcode
  head[1] = (long === 8 ? 127 : long === 2 ? 126 : length) | (mask === undefined ? 0 : 0x80)
  if (long === 2) head.writeUInt16BE(length, 2)
  if (long === 8) head.writeBigUInt64BE(BigInt(length), 2)
  return mask === undefined ? Buffer.concat([head, payload]) : Buffer.concat([head, mask, applyMask(payload, mask)])
}

function applyMask(payload: Buffer, mask: Buffer): Buffer {
  const out = Buffer.from(payload)
  for (let i = 0; i < out.length; i++) out[i] = (out[i] as number) ^ (mask[i & 3] as number)
  return out
}

/** Whole frames out of bytes that come in any pieces. */
export class FrameReader {
  #pieces: Buffer[] = []
  #size = 0

  push(chunk: Buffer): Frame[] {
    this.#pieces.push(chunk)
    this.#size += chunk.length
    const frames: Frame[] = []
    for (let frame = this.#take(); frame !== undefined; frame = this.#take()) frames.push(frame)
    return frames
  }

  #take(): Frame | undefined {
    if (this.#size < 2) return undefined
    if ((this.#pieces[0] as Buffer).length < 14) this.#join()
    let bytes = this.#pieces[0] as Buffer
    const second = bytes[1] as number
    const short = second & 0x7f
    const long = short === 127 ? 8 : short === 126 ? 2 : 0
    const maskAt = 2 + long
    const start = maskAt + (second >= 0x80 ? 4 : 0)
    if (bytes.length < start) return undefined
    const length = long === 8 ? Number(bytes.readBigUInt64BE(2)) : long === 2 ? bytes.readUInt16BE(2) : short
    if (this.#size < start + length) return undefined
    if (bytes.length < start + length) bytes = this.#join()
    const payload = bytes.subarray(start, start + length)
    const rest = bytes.subarray(start + length)
    this.#size -= start + length
    this.#pieces[0] = rest
    return { opcode: (bytes[0] as number) & 0x0f, payload: second >= 0x80 ? applyMask(payload, bytes.subarray(maskAt, start)) : payload }
  }

  #join(): Buffer {
    const joined = Buffer.concat(this.#pieces)
    this.#pieces = [joined]
    return joined
  }
}
