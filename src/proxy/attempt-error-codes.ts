// What the codes of system, TLS and HTTP errors say about an attempt.

export const UNREACHABLE: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'ENODATA',
  'ESERVFAIL',
  'ETIMEOUT',
  'EHOSTDOWN',
])
export const TLS = /^(?:ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|EPROTO)/
export const MALFORMED: ReadonlySet<string> = new Set(['UND_ERR_RES_CONTENT_LENGTH_MISMATCH'])

/** Connecting to several addresses fails with an AggregateError: its first member says why. */
export function errorCode(error: Error): string {
  const inner =
    error instanceof AggregateError ? (error.errors[0] as Error | undefined) : error.cause instanceof Error && !('code' in error) ? error.cause : error
  const code = (inner as { code?: unknown } | undefined)?.code
  return typeof code === 'string' ? code : ''
}
