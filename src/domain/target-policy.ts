// Which base URLs an upstream may have: scheme, port, host name and literal address.
import type { FieldError } from '../errors.ts'
import { classifyAddress, isAddressAllowed } from './address.ts'

const URL_CHARS_MAX = 2048

/** Ports where no HTTP API lives but where a request could do harm: mail, shells, databases, cluster control. */
const PORTS_REFUSED: ReadonlySet<number> = new Set([
  1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137,
  138, 139, 143, 161, 179, 389, 427, 445, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1433, 1521,
  1719, 1720, 1723, 2049, 2375, 2376, 2379, 2380, 3306, 3389, 3659, 4045, 4190, 5060, 5061, 5432, 5900, 6000, 6379, 6566, 6665, 6666, 6667, 6668, 6669, 6679,
  6697, 10080, 10250, 11211, 27017,
])

const PRIVATE_NAMES = /(?:^|\.)(?:localhost|local|internal|home\.arpa|lan)$/
/** Names that only a private network knows: those above, those without a dot, and services of a cluster. */
const NEAR_NAME = /^[^.]*$|\.svc$/
/** Names under which clouds offer their credential service. */
const METADATA_NAMES = /^(?:metadata|instance-data)(?:\.|$)|(?:^|\.)metadata\.google\.internal$/

/**
 * Checks the text of a target's base URL. The path of the answer is empty: the caller knows which field it was.
 * @param allowPrivate accept addresses and names of private networks; metadata services are refused in any case
 */
export function createTargetPolicy(options: { readonly allowPrivate: boolean }): { check(url: string): FieldError | undefined } {
  return {
    check(text) {
      const message = findFault(text, options.allowPrivate)
      return message === undefined ? undefined : { path: '', message }
    },
  }
}

/** Whether a host is in a private network, as far as its name or address tells. @param hostname without brackets */
export function isNearHost(hostname: string): boolean {
  const host = hostname.replace(/\.$/, '').toLowerCase()
  const kind = classifyAddress(host)
  return kind === 'invalid' ? PRIVATE_NAMES.test(host) || NEAR_NAME.test(host) : kind !== 'global'
}

function findFault(text: string, allowPrivate: boolean): string | undefined {
  if (text.length > URL_CHARS_MAX) return `must have at most ${URL_CHARS_MAX} characters`
  // WHATWG URL silently drops tabs and newlines and trims controls: what was checked must be what was typed.
  if (/[\x00-\x20\x7f\\]/.test(text)) return 'must not contain spaces, control characters or backslashes'
  if (!URL.canParse(text)) return 'must be a full URL such as https://api.example.com/v1'
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'must start with http:// or https://'
  if (!/^https?:\/\/[^/]/i.test(text)) return 'must be a full URL such as https://api.example.com/v1'
  if (url.username !== '' || url.password !== '' || authorityOf(text).includes('@')) return 'must not contain a user name or password; add the key to the pool'
  if (url.search !== '' || text.includes('?')) return 'must not contain a query'
  if (url.hash !== '' || text.includes('#')) return 'must not contain a fragment'
  if (/%2f|%5c|%00/i.test(url.pathname) || /(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)/i.test(pathOf(text))) return 'must not contain dot segments or encoded slashes'
  if (url.port !== '' && (Number(url.port) === 0 || PORTS_REFUSED.has(Number(url.port)))) return `port ${url.port} is not a port for HTTP APIs and is refused`
  return findHostFault(url.hostname, allowPrivate)
}

function findHostFault(hostname: string, allowPrivate: boolean): string | undefined {
  const host = hostname.replace(/\.$/, '').toLowerCase()
  if (host === '' || host.endsWith('.')) return 'must name a host'
  const kind = classifyAddress(host)
  if (kind !== 'invalid') return isAddressAllowed(kind, allowPrivate) ? undefined : describe(kind)
  if (METADATA_NAMES.test(host)) return describe('metadata')
  if (PRIVATE_NAMES.test(host) && !allowPrivate) return describe('private')
  return undefined
}

function describe(kind: string): string {
  if (kind === 'metadata') return 'points to a cloud metadata service, which is never allowed'
  if (kind === 'private') return 'points to a private network; set ALLOW_PRIVATE_UPSTREAMS=true to allow that'
  return 'points to an address that no service can have (link-local, multicast, unspecified or reserved)'
}

function authorityOf(text: string): string {
  return text.replace(/^https?:\/\//i, '').split(/[/?#]/, 1)[0] as string
}

function pathOf(text: string): string {
  return text.replace(/^https?:\/\/[^/?#]*/i, '')
}
