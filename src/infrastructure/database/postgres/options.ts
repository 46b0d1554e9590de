// What a `postgres:` URL says.
import type { Secret } from '../../../domain/secret.ts'
import { parseServerUrl } from '../server-url.ts'
import type { ServerOptions } from '../server-url.ts'

/** `require` and `verify-ca` are raised to `verify-full`: a certificate that nobody checks protects from nobody. */
const TLS_BY_MODE: Readonly<Record<string, boolean>> = { disable: false, require: true, 'verify-ca': true, 'verify-full': true }

/** @throws StartupError 78 */
export function parsePostgresUrl(url: Secret): ServerOptions {
  return parseServerUrl(url, {
    example: 'postgres://user:password@host:5432/database?sslmode=verify-full&poolMax=10',
    defaultPort: 5432,
    tlsOptions: { sslmode: (mode) => (Object.hasOwn(TLS_BY_MODE, mode) ? TLS_BY_MODE[mode] : undefined) },
    caAlias: 'sslrootcert',
  })
}
