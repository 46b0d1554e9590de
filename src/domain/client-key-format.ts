// The shape of client keys issued by the gateway: `sk-akr-` + 32 random base62 characters + 6 base62 characters of CRC-32.

export const CLIENT_KEY_PREFIX = 'sk-akr-'

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const RANDOM_CHARS = 32
const CHECKSUM_CHARS = 6
const PATTERN = /^sk-akr-[0-9A-Za-z]{38}$/

/** Bytes from here on would make the first characters of the alphabet likelier than the last: they are thrown away. */
const UNBIASED_BELOW = 256 - (256 % ALPHABET.length)

/**
 * A new client key with about 190 bits of randomness.
 * @param randomBytes cryptographically strong bytes; called until enough of them are usable
 */
export function createClientKey(randomBytes: (count: number) => Uint8Array): string {
  let body = ''
  while (body.length < RANDOM_CHARS) {
    for (const byte of randomBytes(RANDOM_CHARS)) {
      if (byte < UNBIASED_BELOW && body.length < RANDOM_CHARS) body += ALPHABET[byte % ALPHABET.length]
    }
  }
  return CLIENT_KEY_PREFIX + body + checksumOf(body)
}

/** True for a string of our shape whose checksum is right. A typo is found without any look-up; it proves nothing else. */
export function isClientKeyWellFormed(value: string): boolean {
  if (!PATTERN.test(value)) return false
  const end = CLIENT_KEY_PREFIX.length + RANDOM_CHARS
  return value.slice(end) === checksumOf(value.slice(CLIENT_KEY_PREFIX.length, end))
}

function checksumOf(body: string): string {
  let rest = crc32(body)
  let text = ''
  for (let i = 0; i < CHECKSUM_CHARS; i++) {
    text = (ALPHABET[rest % ALPHABET.length] as string) + text
    rest = Math.floor(rest / ALPHABET.length)
  }
  return text
}

/** CRC-32 (IEEE 802.3, reflected) of an ASCII string. */
function crc32(text: string): number {
  let crc = 0xffffffff
  for (let i = 0; i < text.length; i++) {
    crc ^= text.charCodeAt(i)
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return (crc ^ 0xffffffff) >>> 0
}
