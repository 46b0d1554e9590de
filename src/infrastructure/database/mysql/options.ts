// What a `mysql:` URL says.
import type { Secret } from '../../../domain/secret.ts'
import { parseServerUrl } from '../server-url.ts'
import type { ServerOptions } from '../server-url.ts'

/** @throws StartupError 78 */
export function parseMysqlUrl(url: Secret): ServerOptions {
  return parseServerUrl(url, { example: 'mysql://user:password@host:3306/database?ssl=true&poolMax=10', defaultPort: 3306, tlsOptions: {} })
}
