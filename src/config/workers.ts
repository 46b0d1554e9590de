// WORKERS: how many processes serve on the port, and what they must share to be able to.
import type { Secret } from '../domain/secret.ts'
import { limits } from '../limits.ts'
import type { VariableReader } from './variable-reader.ts'

interface SharedStores {
  readonly databaseUrl: Secret
  readonly cacheUrl: Secret
}

/** `auto` needs shared stores like any number above 1: whether a configuration works must not depend on the machine. */
export function readWorkers(reader: VariableReader, { databaseUrl, cacheUrl }: SharedStores, build: string): number | 'auto' {
  const text = reader.text('WORKERS')?.toLowerCase() ?? '1'
  const wanted = text === 'auto' ? text : Number(text)
  if (wanted !== 'auto' && !(Number.isInteger(wanted) && wanted >= 1 && wanted <= limits.workersMax)) {
    reader.problems.push(`WORKERS is ${JSON.stringify(text.slice(0, 80))}. Write auto, or a whole number from 1 to ${limits.workersMax}.`)
    return 1
  }
  if (wanted === 1) return 1
  const missing = [
    ...(databaseUrl.reveal().startsWith('sqlite:') ? ['SQLite has one writing process: set DATABASE_URL to mysql://… or postgres://…'] : []),
    ...(cacheUrl.reveal().startsWith('memory:') ? ['the memory cache belongs to one process: set REDIS_URL to redis://…'] : []),
  ]
  if (missing.length > 0) {
    const elsewhere = build === 'lightweight' ? ' (both need the enterprise build)' : ''
    reader.problems.push(
      `WORKERS is ${text}, but several processes need a database and a cache that they share: ${missing.join('; ')}${elsewhere}. Or remove WORKERS.`,
    )
  }
  return wanted
}
