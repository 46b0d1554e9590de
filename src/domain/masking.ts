// What people may see of a credential: never enough to guess the rest.

const HIDDEN = '…'
const SHOWN_CHARS = 4
/** Below this length nothing is shown at all. */
const CHARS_MIN = 24
/** What stays hidden must be worth at least this many bits to somebody who knows the shown part and the alphabet. */
const UNKNOWN_BITS_MIN = 96

/**
 * `sk-proj-…a91f`, `…a91f`, or `…`.
 * @param knownPrefixes prefixes that every key of the vendor has, e.g. `sk-ant-`; only they may be shown
 */
export function createMask(value: string, knownPrefixes: readonly string[] = []): string {
  if (value.length < CHARS_MIN) return HIDDEN
  const prefix = longestPrefix(value, knownPrefixes)
  const rest = value.slice(prefix.length)
  const tail = unknownBits(rest.slice(0, -SHOWN_CHARS)) >= UNKNOWN_BITS_MIN ? rest.slice(-SHOWN_CHARS) : ''
  return prefix + HIDDEN + tail
}

function longestPrefix(value: string, prefixes: readonly string[]): string {
  let longest = ''
  for (const prefix of prefixes) {
    if (prefix.length > longest.length && value.startsWith(prefix)) longest = prefix
  }
  return longest
}

/**
 * A cautious estimate: letters and digits only, from the smallest alphabet that fits, and never more than the variety of
 * characters allows. What comes before the last `:` or `.` (a user name, a key id) counts as known.
 */
function unknownBits(text: string): number {
  const secret = text.slice(Math.max(text.lastIndexOf(':'), text.lastIndexOf('.')) + 1).replace(/[^0-9A-Za-z]/g, '')
  return secret.length * Math.min(alphabetBits(secret), Math.log2(new Set(secret).size * 2))
}

function alphabetBits(text: string): number {
  if (/^\d*$/.test(text)) return Math.log2(10)
  if (/^(?:[\da-f]*|[\dA-F]*)$/.test(text)) return Math.log2(16)
  if (/^(?:[\da-z]*|[\dA-Z]*)$/.test(text)) return Math.log2(36)
  return Math.log2(62)
}
