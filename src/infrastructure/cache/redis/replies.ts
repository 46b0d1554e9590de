// What the errors of a Redis server mean for its callers.
import { CacheUnavailableError } from '../../../ports/cache.ts'

/** The server answered, with an error. */
export class RedisReplyError extends CacheUnavailableError {
  /** First word of the answer, e.g. `OOM`. */
  readonly code: string
  /** The whole answer, at most 200 characters. */
  readonly text: string
  constructor(text: string) {
    super(`Redis answered ${text.slice(0, TEXT_CHARS_MAX)}`)
    this.name = 'RedisReplyError'
    this.text = text.slice(0, TEXT_CHARS_MAX)
    this.code = /^[A-Z]+/.exec(text)?.[0] ?? ''
  }
}

const TEXT_CHARS_MAX = 200

/** What was configured does not exist there. The message completes "Redis at host:port …". */
export class SetupError extends Error {}

/** Answers about one command or one key: the server itself is fine. All others count as "Redis is gone". */
const ABOUT_THE_COMMAND: ReadonlySet<string> = new Set(['NOSCRIPT', 'MOVED', 'ASK', 'TRYAGAIN', 'CROSSSLOT', 'WRONGTYPE', 'ERR'])
/** Answers after which only another connection helps: the primary is elsewhere, or the login is no longer good. */
const ABOUT_THE_CONNECTION: ReadonlySet<string> = new Set(['READONLY', 'NOAUTH', 'MASTERDOWN', 'UNBLOCKED'])

export function isServerFault(error: RedisReplyError): boolean {
  return !ABOUT_THE_COMMAND.has(error.code)
}

export function needsNewConnection(error: RedisReplyError): boolean {
  return ABOUT_THE_CONNECTION.has(error.code)
}

/** What to change when a server refuses this program for good; undefined when trying again may help. */
export function refusalOf(error: unknown): string | undefined {
  const text = textOf(error)
  if (error instanceof SetupError) return text
  if (/WRONGPASS|invalid password/i.test(text)) return 'refuses the password (WRONGPASS). Correct the user name and password in CACHE_URL or REDIS_PASSWORD.'
  if (/NOAUTH/.test(text)) return 'asks for a password (NOAUTH). Put it into CACHE_URL or set REDIS_PASSWORD.'
  if (/NOPERM/.test(text)) return `does not allow the user what this program needs (${text.slice(0, TEXT_CHARS_MAX)}). docs/redis.md has the ACL line.`
  if (/cluster support disabled/i.test(text)) return 'is no Redis Cluster. Write redis:// instead of redis+cluster://.'
  if (/DB index is out of range|SELECT is not allowed/i.test(text)) return 'does not have the database with the number in CACHE_URL or REDIS_DB.'
  if (/DENIED/.test(text)) return 'runs in protected mode (DENIED). Give it a password.'
  const { code = '' } = (error ?? {}) as NodeJS.ErrnoException
  if (/CERT|SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET)|ERR_TLS/.test(code)) {
    return `has a certificate that is not trusted (${code}). Name its authority with ?caFile= or REDIS_TLS_CA_FILE, and connect by a name that is in it.`
  }
  return undefined
}

/** What an error says, whoever made it. */
export function textOf(error: unknown): string {
  return (error as Error | undefined)?.message ?? String(error)
}
