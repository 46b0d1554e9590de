// Takes a pool key out of an error text that repeats it ("Incorrect API key provided: sk-…"), without changing its length.
import type { Secret } from '../domain/secret.ts'

/** The same buffer when the key is not in it; framing headers stay true because every byte is replaced by one `*`. */
export function maskKey(body: Buffer, key: Secret): Buffer {
  const needle = Buffer.from(key.reveal(), 'latin1')
  let at = needle.length === 0 ? -1 : body.indexOf(needle)
  if (at < 0) return body
  const masked = Buffer.from(body)
  for (; at >= 0; at = masked.indexOf(needle, at)) masked.fill(0x2a, at, at + needle.length)
  return masked
}
