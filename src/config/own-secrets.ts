// The three secrets the gateway cannot do without: given, read back from secrets.json, or generated into it.
import { Secret } from '../domain/secret.ts'
import { weakSecretReason } from '../domain/weak-secret.ts'
import { StartupError } from '../errors.ts'
import type { VariableReader } from './variable-reader.ts'
import { OWN_SECRET_CHARS_MIN } from './variables.ts'

/** Where generated secrets live between starts. */
export interface SecretsFile {
  /** Stored secrets by variable name; empty when the file does not exist. @throws StartupError when it cannot be trusted */
  read(path: string): Readonly<Record<string, string>>
  /** Adds secrets, durably and readable by the owner only; returns all that are stored, also those another process stored first. */
  add(path: string, secrets: Readonly<Record<string, string>>): Readonly<Record<string, string>>
}

const NAMES = ['JWT_SECRET', 'ENCRYPTION_KEY', 'CLIENT_KEY_PEPPER'] as const
type OwnSecretName = (typeof NAMES)[number]

/** What was found; `missing` are the ones to be generated. */
export interface FoundSecrets {
  readonly values: Readonly<Partial<Record<OwnSecretName, string>>>
  readonly missing: readonly OwnSecretName[]
  readonly path: string
  /** ENCRYPTION_KEY_PREVIOUS; never generated. */
  readonly previous: Secret | undefined
}

/** Reads what there is and reports what is wrong with it; writes nothing. */
export function findOwnSecrets(reader: VariableReader, file: SecretsFile, path: string, mustBeGiven: boolean): FoundSecrets {
  const values: Partial<Record<OwnSecretName, string>> = {}
  for (const name of NAMES) {
    const given = reader.secret(name)?.reveal()
    if (given !== undefined) values[name] = given
  }
  const absent = NAMES.filter((name) => values[name] === undefined)
  if (mustBeGiven) {
    for (const name of absent) reader.problems.push(`${name} is not set, and this build generates none. Write the output of: openssl rand -hex 32`)
  } else if (absent.length > 0) {
    readStored(reader, file, path, absent, values)
  }
  checkDistinct(reader, values)
  const previous = reader.secret('ENCRYPTION_KEY_PREVIOUS')
  if (previous !== undefined && previous.reveal() === values.ENCRYPTION_KEY)
    reader.problems.push('ENCRYPTION_KEY_PREVIOUS is the same as ENCRYPTION_KEY. Set ENCRYPTION_KEY to the new key, or remove ENCRYPTION_KEY_PREVIOUS.')
  return { values, missing: absent.filter((name) => values[name] === undefined), path, previous }
}

function readStored(
  reader: VariableReader,
  file: SecretsFile,
  path: string,
  names: readonly OwnSecretName[],
  values: Partial<Record<OwnSecretName, string>>,
): void {
  try {
    const stored = file.read(path)
    for (const name of names) {
      const value = stored[name]
      if (value === undefined) continue
      values[name] = value
      const weakness = weakSecretReason(value, OWN_SECRET_CHARS_MIN)
      if (weakness !== undefined) reader.problems.push(`${name} in ${path} ${weakness}. Restore the file from a backup.`)
    }
  } catch (error) {
    if (!(error instanceof StartupError)) throw error
    reader.problems.push(error.message)
  }
}

/** One leaked secret must not open what another one protects. */
function checkDistinct(reader: VariableReader, values: Readonly<Partial<Record<OwnSecretName, string>>>): void {
  NAMES.forEach((name, index) => {
    for (const other of NAMES.slice(index + 1)) {
      if (values[name] === undefined || values[name] !== values[other]) continue
      reader.problems.push(`${name} and ${other} have the same value. Each needs its own, e.g. from: openssl rand -hex 32`)
    }
  })
}

export interface OwnSecrets {
  readonly jwt: Secret
  readonly encryption: Secret
  readonly previousEncryption: Secret | undefined
  readonly pepper: Secret
  readonly generated: readonly string[]
  readonly file: string | undefined
}

/** Generates and stores what is missing. Call only when nothing else is wrong. @throws StartupError when it cannot be stored */
export function completeOwnSecrets(found: FoundSecrets, file: SecretsFile, generateSecret: () => string): OwnSecrets {
  const fresh = Object.fromEntries(found.missing.map((name) => [name, generateSecret()]))
  const stored = found.missing.length === 0 ? {} : file.add(found.path, fresh)
  const take = (name: OwnSecretName): Secret => new Secret(found.values[name] ?? (stored[name] as string))
  const generated = found.missing.filter((name) => stored[name] === fresh[name])
  return {
    jwt: take('JWT_SECRET'),
    encryption: take('ENCRYPTION_KEY'),
    previousEncryption: found.previous,
    pepper: take('CLIENT_KEY_PEPPER'),
    generated,
    file: generated.length > 0 ? found.path : undefined,
  }
}
