// The secrets that a stack of servers needs: their names, how strong they are, and where values that exist already come from.
import { OWN_SECRET_CHARS_MIN } from '../config/variables.ts'
import { weakSecretReason } from '../domain/weak-secret.ts'
import { limits } from '../limits.ts'
import type { Random } from '../ports/random.ts'

export interface StackSecret {
  /** Name of its file, and of its entry in a Kubernetes Secret. */
  readonly file: string
  readonly variable: string
  readonly charsMin: number
  readonly make: (random: Random) => string
}

/** Hex needs no escaping in URLs, shells, YAML and SQL. */
const makeToken = (random: Random): string => random.bytes(32).toString('hex')

const LETTERS = 'abcdefghjkmnpqrstvwxyz23456789'
/** 25 letters that a person can type, about 122 bits, in groups of five. */
function makePassword(random: Random): string {
  let text = ''
  while (text.length < 25) {
    // Values above the last whole multiple would favour the first letters.
    for (const byte of random.bytes(32)) if (byte < LETTERS.length * 8 && text.length < 25) text += LETTERS[byte % LETTERS.length]
  }
  return (text.match(/.{5}/g) as string[]).join('-')
}

const PASSWORD_CHARS_MIN = 16

export const STACK_SECRETS: readonly StackSecret[] = [
  { file: 'encryption_key', variable: 'ENCRYPTION_KEY', charsMin: OWN_SECRET_CHARS_MIN, make: makeToken },
  { file: 'client_key_pepper', variable: 'CLIENT_KEY_PEPPER', charsMin: OWN_SECRET_CHARS_MIN, make: makeToken },
  { file: 'jwt_secret', variable: 'JWT_SECRET', charsMin: OWN_SECRET_CHARS_MIN, make: makeToken },
  { file: 'admin_password', variable: 'ADMIN_PASSWORD', charsMin: limits.passwordCharsMin, make: makePassword },
  { file: 'metrics_token', variable: 'METRICS_TOKEN', charsMin: PASSWORD_CHARS_MIN, make: makeToken },
  { file: 'db_password', variable: 'DB_PASSWORD', charsMin: PASSWORD_CHARS_MIN, make: makeToken },
  { file: 'db_root_password', variable: 'MYSQL_ROOT_PASSWORD', charsMin: PASSWORD_CHARS_MIN, make: makeToken },
  { file: 'redis_password', variable: 'REDIS_PASSWORD', charsMin: PASSWORD_CHARS_MIN, make: makeToken },
]

/** Values by the file name of their secret. */
export type SecretValues = ReadonlyMap<string, string>

/** What is wrong with values that exist already, a sentence each. Never quotes a value. */
export function findWeaknesses(values: SecretValues): string[] {
  const weak = STACK_SECRETS.flatMap(({ file, charsMin }) => {
    const value = values.get(file)
    const reason = value === undefined ? undefined : value === '' ? 'is empty' : weakSecretReason(value, charsMin)
    return reason === undefined ? [] : [`${file} ${reason}. It is kept: replace it yourself.`]
  })
  const first = new Map<string, string>()
  for (const [file, value] of values) {
    const other = first.get(value)
    if (other !== undefined && value !== '') weak.push(`${other} and ${file} have the same value; each needs its own.`)
    else first.set(value, file)
  }
  return weak
}

/** A fresh value for every secret that has none. @param taken values of a gateway that moves here, by variable name */
export function makeMissing(wanted: readonly StackSecret[], existing: SecretValues, taken: Readonly<Record<string, string>>, random: Random): SecretValues {
  const fresh = new Map<string, string>()
  for (const { file, variable, make } of wanted) if (!existing.has(file)) fresh.set(file, taken[variable] ?? make(random))
  return fresh
}
