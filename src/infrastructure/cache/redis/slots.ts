// Which of the 16,384 slots of a Redis Cluster a key falls into, and who has which slot.
import type { Address } from './options.ts'

export const SLOTS = 16_384
const POLYNOMIAL = 0x1021

/** CRC-16/XMODEM of the part between the first `{` and the next `}`, or of the whole key, as the servers reckon it. */
export function slotOf(key: string): number {
  const open = key.indexOf('{')
  const close = open === -1 ? -1 : key.indexOf('}', open + 1)
  return crc16(Buffer.from(close > open + 1 ? key.slice(open + 1, close) : key)) % SLOTS
}

const TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8
  for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ POLYNOMIAL
  return crc
})

function crc16(bytes: Buffer): number {
  let crc = 0
  for (const byte of bytes) crc = ((crc << 8) & 0xffff) ^ (TABLE[(crc >> 8) ^ byte] as number)
  return crc
}

export interface SlotRange {
  readonly from: number
  readonly to: number
  readonly primary: Address
}

/**
 * Reads the answer of CLUSTER SLOTS.
 * @param asked who answered: a node that does not know its own name leaves it out
 * @returns nothing of what cannot be read
 */
export function parseSlots(reply: unknown, asked: Address): readonly SlotRange[] {
  if (!Array.isArray(reply)) return []
  return reply.flatMap((range: unknown) => {
    const [from, to, primary] = Array.isArray(range) ? (range as unknown[]) : []
    const [host, port] = Array.isArray(primary) ? (primary as unknown[]) : []
    if (typeof from !== 'number' || typeof to !== 'number' || typeof port !== 'number' || to >= SLOTS) return []
    return [{ from, to, primary: { host: typeof host === 'string' && host !== '' && host !== '?' ? host : asked.host, port } }]
  })
}
