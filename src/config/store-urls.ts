// Translates the original's DB_* and REDIS_* names into the one database URL and the one cache URL that the rest knows.
import { resolve } from 'node:path'
import { Secret } from '../domain/secret.ts'
import type { VariableReader } from './variable-reader.ts'

export interface StoreUrlDefaults {
  /** Used when no variable selects a database or cache. */
  readonly databaseUrl: string
  readonly cacheUrl: string
  /** Relative paths are relative to it. */
  readonly workingDir: string
}

const DATABASE_TYPES: Readonly<Record<string, string>> = { sqlite: 'sqlite', mysql: 'mysql', postgres: 'postgres', postgresql: 'postgres', mariadb: 'mysql' }
const CACHE_TYPES: Readonly<Record<string, string>> = { memory: 'memory', redis: 'redis', rediss: 'redis' }
/** `user:password@tcp(host:3306)/name?options`, with or without `mysql://` before it, as in the original's example. */
const GO_DSN = /^(?:mysql:\/\/)?([^:@/]*)(?::(.*))?@tcp\(([^)]+)\)\/([^?]*)(?:\?.*)?$/

export function readDatabaseUrl(reader: VariableReader, defaults: StoreUrlDefaults): Secret {
  const url = reader.secret('DATABASE_URL')?.reveal()
  const chosen = reader.choice<'sqlite' | 'mysql' | 'postgres'>('DB_TYPE')
  const path = reader.text('DATABASE_PATH')
  // Read in any case, so that mistakes in them are reported even when another variable wins.
  const server = readDatabaseServer(reader)
  if (url !== undefined) return new Secret(checkDatabaseUrl(reader, url, chosen, defaults.workingDir))
  const type = chosen ?? (reader.isSet('DB_HOST') || reader.isSet('DB_USER') ? 'mysql' : 'sqlite')
  if (type === 'sqlite') return new Secret(path === undefined ? defaults.databaseUrl : sqliteUrl(path, defaults.workingDir))
  return new Secret(server(type))
}

function checkDatabaseUrl(reader: VariableReader, text: string, chosen: string | undefined, workingDir: string): string {
  const dsn = GO_DSN.exec(text)
  const url = dsn === null ? text : serverUrl('mysql', { user: dsn[1], password: dsn[2], host: dsn[3] as string, name: dsn[4] as string })
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase() ?? ''
  const type = DATABASE_TYPES[scheme]
  if (type === undefined) {
    reader.problems.push('DATABASE_URL has a scheme that is not known. Write sqlite:/path, mysql://… or postgres://…')
  } else if (chosen !== undefined && chosen !== type) {
    reader.problems.push(`DB_TYPE is "${chosen}", but DATABASE_URL is a ${type} URL. Remove one of them.`)
  } else if (type === 'sqlite') {
    return sqliteUrl(url.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, ''), workingDir)
  } else if (!URL.canParse(url) || new URL(url).hostname === '') {
    reader.problems.push(`DATABASE_URL is not a valid URL. Write ${type}://user:password@host:port/name, special characters percent-encoded.`)
  }
  return url.replace(/^(mariadb|postgresql):/i, `${type}:`)
}

/** `sqlite:` + absolute path; `:memory:` and a query stay as they are. */
function sqliteUrl(path: string, workingDir: string): string {
  if (path.startsWith(':memory:')) return `sqlite:${path}`
  const [file, ...query] = path.split('?')
  return ['sqlite:' + resolve(workingDir, file as string), ...query].join('?')
}

function readDatabaseServer(reader: VariableReader): (type: string) => string {
  const port = reader.number('DB_PORT')
  const options = {
    ssl: reader.flag('DB_SSL') === true ? 'true' : undefined,
    sslCa: reader.text('DB_SSL_CA'),
    poolMax: reader.number('DB_POOL_MAX')?.toString(),
  }
  const host = reader.text('DB_HOST') ?? 'localhost'
  const user = reader.text('DB_USER')
  const password = reader.secret('DB_PASSWORD')?.reveal()
  const name = reader.text('DB_NAME') as string
  return (type) => serverUrl(type, { user, password, host: hostPort(host, port ?? (type === 'mysql' ? 3306 : 5432)), name, options })
}

export function readCacheUrl(reader: VariableReader, defaults: StoreUrlDefaults): Secret {
  const url = (reader.secret('CACHE_URL') ?? reader.secret('REDIS_URL'))?.reveal()
  const chosen = reader.choice<'memory' | 'redis'>('CACHE_TYPE')
  const server = readRedisServer(reader)
  const urlOf = reader.isSet('CACHE_URL') ? 'CACHE_URL' : 'REDIS_URL'
  if (url !== undefined && !(urlOf === 'REDIS_URL' && chosen === 'memory')) {
    // Several hosts, as Sentinel and Cluster have them, are no URL to the platform; the driver reads the rest.
    const [, scheme = '', kind] = /^([a-z]+)(\+sentinel|\+cluster)?:/i.exec(url) ?? []
    const type = kind !== undefined && !/^rediss?$/i.test(scheme) ? undefined : CACHE_TYPES[scheme.toLowerCase()]
    if (type === undefined || (kind === undefined && !URL.canParse(url))) {
      reader.problems.push(`${urlOf} is not a URL that is known. Write redis://host:6379/0, redis+sentinel://…, redis+cluster://… or memory:`)
    } else if (chosen !== undefined && chosen !== type) reader.problems.push(`CACHE_TYPE is "${chosen}", but ${urlOf} is a ${type} URL. Remove one of them.`)
    return new Secret(url)
  }
  const isNamed = (['REDIS_HOST', 'REDIS_PORT', 'REDIS_SENTINELS', 'REDIS_CLUSTER_NODES'] as const).some((name) => reader.isSet(name))
  const type = chosen ?? (isNamed ? 'redis' : undefined)
  return new Secret(type === 'redis' ? server : defaults.cacheUrl)
}

function readRedisServer(reader: VariableReader): string {
  const prefix = reader.text('REDIS_KEY_PREFIX')
  const sentinels = reader.list('REDIS_SENTINELS')
  const nodes = reader.list('REDIS_CLUSTER_NODES')
  if (sentinels.length > 0 && nodes.length > 0) reader.problems.push('REDIS_SENTINELS and REDIS_CLUSTER_NODES are both set. Remove one of them.')
  const scheme = reader.flag('REDIS_TLS') === true ? 'rediss' : 'redis'
  const kind = sentinels.length > 0 ? '+sentinel' : nodes.length > 0 ? '+cluster' : ''
  const primary = reader.text('REDIS_SENTINEL_MASTER') as string
  const database = String(reader.number('REDIS_DB') ?? 0)
  const single = hostPort(reader.text('REDIS_HOST') ?? 'localhost', reader.number('REDIS_PORT') ?? 6379)
  const sentinelPassword = reader.secret('REDIS_SENTINEL_PASSWORD')?.reveal()
  const sentinelUsername = reader.text('REDIS_SENTINEL_USERNAME')
  const isSentinel = kind === '+sentinel'
  return serverUrl(scheme + kind, {
    user: reader.text('REDIS_USERNAME'),
    password: reader.secret('REDIS_PASSWORD')?.reveal(),
    host: isSentinel ? sentinels.join(',') : nodes.length > 0 ? nodes.join(',') : single,
    name: isSentinel ? primary : database,
    more: isSentinel ? [database] : [],
    options: {
      keyPrefix: prefix === 'akr:' ? undefined : prefix,
      caFile: reader.text('REDIS_TLS_CA_FILE'),
      commandTimeoutMs: reader.isSet('REDIS_COMMAND_TIMEOUT_MS') ? reader.number('REDIS_COMMAND_TIMEOUT_MS')?.toString() : undefined,
      ...(isSentinel ? { sentinelUsername, sentinelPassword } : {}),
    },
  })
}

interface Server {
  readonly user: string | undefined
  readonly password: string | undefined
  /** With port. */
  readonly host: string
  readonly name: string
  /** Parts of the path after the name. */
  readonly more?: readonly string[]
  readonly options?: Readonly<Record<string, string | undefined>>
}

function serverUrl(scheme: string, { user, password, host, name, more = [], options = {} }: Server): string {
  const login =
    user === undefined && password === undefined ? '' : `${encodeURIComponent(user ?? '')}${password === undefined ? '' : `:${encodeURIComponent(password)}`}@`
  const query = Object.entries(options).flatMap(([option, value]) => (value === undefined ? [] : [`${option}=${encodeURIComponent(value)}`]))
  return `${scheme}://${login}${host}/${[name, ...more].map(encodeURIComponent).join('/')}${query.length === 0 ? '' : `?${query.join('&')}`}`
}

/** A host that already carries a port keeps it. */
function hostPort(host: string, port: number): string {
  if (/^\[.*\](:\d+)?$|^[^:]+:\d+$/.test(host)) return /:\d+$/.test(host) ? host : `${host}:${port}`
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
