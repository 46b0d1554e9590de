// What a `mysql:` URL says.
import { isIP } from 'node:net'
import type { Secret } from '../../../domain/secret.ts'
import { StartupError } from '../../../errors.ts'
import { parseServerUrl } from '../server-url.ts'
import type { ServerOptions } from '../server-url.ts'

/** @throws StartupError 78 */
export function parseMysqlUrl(url: Secret): ServerOptions {
  const options = parseServerUrl(url, { example: 'mysql://user:password@host:3306/database?ssl=true&poolMax=10', defaultPort: 3306, tlsOptions: {} })
  // mysql2 checks a certificate against `localhost` when the host is an address: that would prove nothing.
  if (options.tls !== undefined && isIP(options.host) !== 0) {
    throw new StartupError(
      78,
      `TLS to MySQL needs the name of the server that its certificate carries, not the address ${options.host}.\n  Write the name in DATABASE_URL or DB_HOST.`,
    )
  }
  return options
}
