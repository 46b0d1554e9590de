// Owns where a credential can hide in a request, as seen by the upstream.

const HEADERS = ['x-api-key', 'x-goog-api-key', 'api-key', 'x-proxy-key', 'x_api_key', 'x-auth-key', 'x-access-token']
const QUERY_NAMES = ['key', 'api_key', 'apikey', 'access_token', 'token']

export interface FoundCredential {
  /** `header:authorization`, `query:key`, `cookie:session`. */
  readonly where: string
  readonly value: string
}

/** Every credential in the head of a request; Basic is decoded to its password, or to the whole pair when there is no user name. */
export function findCredentials(rawHeaders: readonly string[], target: string): FoundCredential[] {
  const found: FoundCredential[] = []
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] as string).toLowerCase()
    const value = rawHeaders[i + 1] as string
    if (name === 'authorization') found.push({ where: 'header:authorization', value: readAuthorization(value) })
    else if (HEADERS.includes(name)) found.push({ where: `header:${name}`, value })
    else if (name === 'cookie') {
      for (const part of value.split(/; */)) found.push({ where: `cookie:${part.split('=')[0]}`, value: part.slice(part.indexOf('=') + 1) })
    }
  }
  const at = target.indexOf('?')
  if (at >= 0) {
    for (const [name, value] of new URLSearchParams(target.slice(at + 1))) {
      if (QUERY_NAMES.includes(name.toLowerCase())) found.push({ where: `query:${name}`, value })
    }
  }
  return found
}

function readAuthorization(value: string): string {
  const [scheme, rest] = value.split(' ', 2) as [string, string | undefined]
  if (rest === undefined) return value
  if (scheme.toLowerCase() !== 'basic') return rest
  const pair = Buffer.from(rest, 'base64').toString('utf8')
  return pair.slice(pair.indexOf(':') + 1) || pair
}
