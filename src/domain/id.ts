// Opaque ids that sort by creation time: `<prefix>_` + 10 characters of time + 16 of randomness, Crockford base32.

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'

/**
 * @param prefix `ups`, `key`, `cli`, `usr`, `req`
 * @param nowMs epoch ms
 * @param random at least 10 random bytes
 */
export function createId(prefix: string, nowMs: number, random: Uint8Array): string {
  let time = ''
  for (let i = 0, rest = nowMs; i < 10; i++) {
    time = ALPHABET[rest % 32] + time
    rest = Math.floor(rest / 32)
  }
  let tail = ''
  let bits = 0
  let value = 0
  for (let i = 0; tail.length < 16; i++) {
    value = ((value << 8) | (random[i] as number)) & 0xffff
    bits += 8
    while (bits >= 5 && tail.length < 16) {
      bits -= 5
      tail += ALPHABET[(value >> bits) & 31]
    }
  }
  return `${prefix}_${time}${tail}`
}
