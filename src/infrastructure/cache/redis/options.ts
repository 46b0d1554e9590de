// A Redis cache as written in CACHE_URL: one server, Sentinel or Cluster, with or without TLS.
import { StartupError } from '../../../errors.ts'
import { limits } from '../../../limits.ts'
import { Secret } from '../../../domain/secret.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

export interface Login {
  readonly username: string | undefined
  readonly password: Secret | undefined
}

export interface RedisOptions {
  /** `single`: one server; `sentinel`: ask those at `addresses` for the primary; `cluster`: any of the nodes. */
  readonly mode: 'single' | 'sentinel' | 'cluster'
  readonly addresses: readonly [Address, ...Address[]]
  readonly login: Login
  readonly isTls: boolean
  /** Name of the primary at the sentinels; empty without Sentinel. */
  readonly primaryName: string
  /** Number of the database; 0 in a Cluster. */
  readonly database: number
  /** Put before every key and channel. Default: `akr:`. */
  readonly keyPrefix: string
  /** PEM file with the authority to trust instead of the usual ones. */
  readonly caFile: string | undefined
  /** Until a command is answered. Default: limits.cacheCommandTimeoutMs. */
  readonly commandTimeoutMs: number
  /** For the sentinels themselves. */
  readonly sentinelLogin: Login
}

const SHAPE = /^(rediss?)(?:\+(sentinel|cluster))?:\/\/(?:([^/?#]*)@)?([^/?#@]*)((?:\/[^?#]*)?)(?:\?([^#]*))?$/i
const OPTIONS = ['keyPrefix', 'caFile', 'commandTimeoutMs', 'sentinelUsername', 'sentinelPassword'] as const
type OptionName = (typeof OPTIONS)[number]
const DEFAULT_PORTS = { single: 6379, sentinel: 26379, cluster: 6379 } as const
const FORMS = {
  single: 'redis://user:password@host:6379/0',
  sentinel: 'redis+sentinel://user:password@host1:26379,host2:26379/<name of the primary>/0',
  cluster: 'redis+cluster://user:password@host1:6379,host2:6379',
} as const

/** @throws StartupError 78 that names what is wrong, never what the URL holds */
export function parseRedisUrl(url: Secret): RedisOptions {
  // Not by `new URL`, which takes neither several hosts nor errors without quoting the password.
  const match = SHAPE.exec(url.reveal())
  if (match === null) throw new StartupError(78, `CACHE_URL is not a Redis URL. Write ${FORMS.single}, special characters percent-encoded.`)
  const [, scheme = '', kind, userInfo, hosts = '', path = '', query = ''] = match
  const mode = (kind?.toLowerCase() ?? 'single') as RedisOptions['mode']
  const options = readOptions(query, mode)
  return {
    mode,
    addresses: readAddresses(hosts, mode),
    login: readLogin(userInfo),
    isTls: scheme.toLowerCase() === 'rediss',
    ...readPath(path, mode),
    keyPrefix: options.keyPrefix ?? 'akr:',
    caFile: options.caFile,
    commandTimeoutMs: readTimeout(options.commandTimeoutMs),
    sentinelLogin: { username: options.sentinelUsername, password: options.sentinelPassword === undefined ? undefined : new Secret(options.sentinelPassword) },
  }
}

function readLogin(userInfo: string | undefined): Login {
  if (userInfo === undefined || userInfo === '') return { username: undefined, password: undefined }
  const colon = userInfo.indexOf(':')
  const username = decode(colon === -1 ? userInfo : userInfo.slice(0, colon), 'user name')
  const password = colon === -1 ? '' : decode(userInfo.slice(colon + 1), 'password')
  if (password === '') throw new StartupError(78, 'CACHE_URL has a user name but no password. Write user:password@, or :password@ when there is no user.')
  return { username: username === '' ? undefined : username, password: new Secret(password) }
}

function readAddresses(text: string, mode: RedisOptions['mode']): [Address, ...Address[]] {
  const [first, ...others] = text.split(',').map((part) => readAddress(part.trim(), mode))
  if (mode === 'single' && others.length > 0) {
    throw new StartupError(78, `CACHE_URL names several servers. Write ${FORMS.sentinel} for Sentinel or ${FORMS.cluster} for a Cluster.`)
  }
  return [first as Address, ...others]
}

function readAddress(text: string, mode: RedisOptions['mode']): Address {
  const [, ipv6, name, digits] = /^(?:\[([\da-f:.]+)\]|([^:[\]\s]+))(?::(\d+))?$/i.exec(text) ?? []
  const port = digits === undefined ? DEFAULT_PORTS[mode] : Number(digits)
  const host = ipv6 ?? name
  if (host === undefined || port < 1 || port > 65_535) {
    throw new StartupError(78, `CACHE_URL has a host that cannot be read. Write ${FORMS[mode]}; special characters in a password are percent-encoded.`)
  }
  return { host, port }
}

function readPath(path: string, mode: RedisOptions['mode']): { primaryName: string; database: number } {
  const parts = path.split('/').slice(1)
  if (parts.at(-1) === '') parts.pop()
  const primaryName = mode === 'sentinel' ? decode(parts.shift() ?? '', 'name of the primary') : ''
  if (mode === 'sentinel' && primaryName === '')
    throw new StartupError(78, `CACHE_URL does not say what the sentinels call the primary. Write ${FORMS.sentinel}.`)
  const [number = '0', ...rest] = parts
  const database = Number(number)
  if (rest.length > 0 || !/^\d{1,5}$/.test(number)) throw new StartupError(78, `CACHE_URL must end with the number of the database. Write ${FORMS[mode]}.`)
  if (mode === 'cluster' && database !== 0) throw new StartupError(78, 'CACHE_URL: a Redis Cluster has only database 0. Leave the number out.')
  return { primaryName, database }
}

function readOptions(query: string, mode: RedisOptions['mode']): Partial<Record<OptionName, string>> {
  const options: Partial<Record<OptionName, string>> = {}
  for (const [name, value] of new URLSearchParams(query)) {
    const known = OPTIONS.find((option) => option === name)
    if (known === undefined) throw new StartupError(78, `CACHE_URL redis: has no option "${name.slice(0, 40)}". It knows ${OPTIONS.join(', ')}.`)
    if (known.startsWith('sentinel') && mode !== 'sentinel') throw new StartupError(78, `CACHE_URL redis:?${known}= is for redis+sentinel:// only.`)
    options[known] = value
  }
  return options
}

function readTimeout(text: string | undefined): number {
  if (text === undefined) return limits.cacheCommandTimeoutMs
  const value = Number(text)
  if (/^\d{1,5}$/.test(text) && value >= 10 && value <= 10_000) return value
  throw new StartupError(78, 'CACHE_URL redis:?commandTimeoutMs= must be a whole number from 10 to 10000.')
}

function decode(text: string, what: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new StartupError(78, `CACHE_URL: the ${what} is not percent-encoded correctly. Write %25 for a percent sign.`)
  }
}
