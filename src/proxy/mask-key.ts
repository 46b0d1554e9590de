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

interface Answer {
  readonly headers: Record<string, string | string[] | undefined>
  readonly body: Buffer
}

/**
 * The answer as it came, unless its text repeats the key: then with the key masked, and unpacked if it was packed.
 * @param plain the body unpacked; undefined when it could not be, then nothing is known about it
 */
export function withoutKey(answer: Answer, plain: Buffer | undefined, key: Secret): Answer {
  const masked = plain === undefined ? undefined : maskKey(plain, key)
  if (masked === undefined || masked === plain) return answer
  if (plain === answer.body) return { headers: answer.headers, body: masked }
  const { 'content-encoding': _, ...headers } = answer.headers
  return { headers: { ...headers, 'content-length': String(masked.length) }, body: masked }
}
