// What the URLs of database servers have in common: where, who, which database, and options that are all known.
import { readFileSync } from 'node:fs'
import { Secret } from '../../domain/secret.ts'
import { StartupError } from '../../errors.ts'
import { limits } from '../../limits.ts'

export interface ServerOptions {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: Secret
  readonly database: string
  /** `host:port/database`, for messages. */
  readonly place: string
  /** undefined: no TLS. The certificate and the name of the server are always checked; `ca` replaces the public authorities. */
  readonly tls: { readonly ca: string | undefined } | undefined
  /** Connections of this process. */
  readonly poolMax: number
}

export interface UrlDialect {
  readonly example: string
  readonly defaultPort: number
  /** Whether these values of these options (besides `ssl`, `sslCa`, `poolMax`) ask for TLS; undefined for a value that is refused. */
  readonly tlsOptions: Readonly<Record<string, (value: string) => boolean | undefined>>
  /** Another name of `sslCa`. */
  readonly caAlias?: string
}

/** @throws StartupError 78 naming the option or the part that is wrong; never with the password */
export function parseServerUrl(url: Secret, dialect: UrlDialect): ServerOptions {
  const parsed = readUrl(url, dialect)
  const database = decode(parsed.pathname.slice(1), 'database', dialect)
  const user = decode(parsed.username, 'user', dialect)
  if (database === '' || database.includes('/')) throw wrong(`names no database`, dialect)
  if (user === '') throw wrong(`names no user`, dialect)
  const host = parsed.hostname.replace(/^\[(.*)\]$/, '$1')
  const port = Number(parsed.port || dialect.defaultPort)
  let tls: boolean | undefined
  let caFile: string | undefined
  let poolMax: number = limits.databaseConnections
  for (const [name, value] of parsed.searchParams) {
    const refuse = (advice: string): StartupError => wrong(`has ${name}=${value}; ${advice}`, dialect)
    if (name === 'ssl') {
      if (value !== 'true' && value !== 'false') throw refuse('write true or false')
      tls = value === 'true'
    } else if (name === 'sslCa' || name === dialect.caAlias) {
      caFile = value
    } else if (name === 'poolMax') {
      poolMax = Number(value)
      if (!Number.isInteger(poolMax) || poolMax < 1 || poolMax > 1000) throw refuse('write a whole number from 1 to 1000')
    } else {
      const read = Object.hasOwn(dialect.tlsOptions, name) ? dialect.tlsOptions[name] : undefined
      if (read === undefined) throw wrong(`has the option "${name}", which is not known. Known are ${knownOptions(dialect).join(', ')}`, dialect)
      tls = read(value)
      if (tls === undefined) throw refuse('TLS without checking the certificate is not offered; give the authority with sslCa=/path/ca.pem')
    }
  }
  if (caFile !== undefined && tls === false) throw wrong('has sslCa, but switches TLS off', dialect)
  const isTls = tls ?? caFile !== undefined
  return {
    host,
    port,
    user,
    password: new Secret(decode(parsed.password, 'password', dialect)),
    database,
    place: `${parsed.hostname}:${port}/${database}`,
    tls: isTls ? { ca: caFile === undefined ? undefined : readCa(caFile) } : undefined,
    poolMax,
  }
}

function knownOptions(dialect: UrlDialect): string[] {
  return ['ssl', 'sslCa', 'poolMax', ...Object.keys(dialect.tlsOptions), ...(dialect.caAlias === undefined ? [] : [dialect.caAlias])]
}

function readUrl(url: Secret, dialect: UrlDialect): URL {
  try {
    const parsed = new URL(url.reveal())
    if (parsed.hostname !== '') return parsed
  } catch {
    // The message must not carry the URL: the password is in it.
  }
  throw wrong('is not a valid URL; special characters in user and password must be percent-encoded', dialect)
}

function decode(text: string, part: string, dialect: UrlDialect): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw wrong(`has a wrong percent-encoding in the ${part}`, dialect)
  }
}

function readCa(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new StartupError(78, `sslCa of DATABASE_URL cannot be read: ${error instanceof Error ? error.message : String(error)}.`)
  }
}

function wrong(what: string, dialect: UrlDialect): StartupError {
  return new StartupError(78, `DATABASE_URL ${what}.\n  Write ${dialect.example}.`)
}
