// What commands that copy a database work on: database URLs, and the secrets that prove that the data can be read.
import { dirname, join, resolve } from 'node:path'
import type { Build } from '../build.ts'
import { readDatabaseUrl } from '../config/store-urls.ts'
import { VariableReader } from '../config/variable-reader.ts'
import { Secret } from '../domain/secret.ts'
import { StartupError } from '../errors.ts'
import { secretsFile } from '../infrastructure/secrets-file.ts'
import type { CliIo } from './cli-io.ts'

export interface DataSecrets {
  readonly encryption: Secret
  /** ENCRYPTION_KEY_PREVIOUS: what the data may still be under. */
  readonly previous: Secret | undefined
  readonly pepper: Secret
}

/**
 * @param given a URL, `@file` with one, or undefined for the database of this environment
 * @throws StartupError 78
 */
export function readDatabaseArgument(build: Build, io: CliIo, option: string, given: string | undefined): Secret {
  const text = given?.startsWith('@') === true ? io.readFile(given.slice(1)).trim() : given
  const reader = new VariableReader(text === undefined ? io.environment : { DATABASE_URL: text }, io.readFile)
  const url = readDatabaseUrl(reader, { databaseUrl: `sqlite:${join(dataDirOf(build, io), 'core.db')}`, cacheUrl: '', workingDir: process.cwd() })
  if (reader.problems.length > 0) {
    throw new StartupError(78, reader.problems.map((problem) => (text === undefined ? problem : problem.replaceAll('DATABASE_URL', option))).join('\n'))
  }
  if (given !== undefined && given === text && hasPassword(url)) {
    io.remark(`Every user of this machine can read the password in ${option}. Better write the URL into a file: ${option} @file`)
  }
  return url
}

/** The same words for the same database, without a password. */
export function nameDatabase(url: Secret): string {
  const text = url.reveal()
  if (!/^[a-z]+:\/\/[^/]/i.test(text) || !URL.canParse(text)) return text
  const { protocol, host, pathname } = new URL(text)
  return `${protocol}//${host}${pathname}`
}

/**
 * ENCRYPTION_KEY and CLIENT_KEY_PEPPER: from the environment, else from a secrets.json.
 * @param file the secrets.json to read; default that of the data directory, else the one beside a SQLite source
 * @throws StartupError 78 when one is missing, or when two places disagree
 */
export function readDataSecrets(build: Build, io: CliIo, from: Secret, file: string | undefined): DataSecrets {
  const reader = new VariableReader(io.environment, io.readFile)
  const path = resolve(file ?? findSecretsFile(reader.text('SECRETS_FILE') ?? join(dataDirOf(build, io), 'secrets.json'), from))
  const stored = secretsFile.read(path)
  const read = (name: 'ENCRYPTION_KEY' | 'CLIENT_KEY_PEPPER'): Secret => {
    const given = reader.secret(name)?.reveal()
    const other = stored[name]
    if (given !== undefined && file !== undefined && other !== undefined && given !== other) {
      throw new StartupError(
        78,
        `${name} of this environment is not the one in ${path}. The gateway on the target needs the one of the source: put that into the environment too (akr init --from ${path} writes it).`,
      )
    }
    const value = given ?? other
    if (value === undefined)
      throw new StartupError(78, `${name} is not known: neither in the environment nor in ${path}. Set it, or name the file: --secrets <data>/secrets.json.`)
    return new Secret(value)
  }
  const secrets = { encryption: read('ENCRYPTION_KEY'), previous: reader.secret('ENCRYPTION_KEY_PREVIOUS'), pepper: read('CLIENT_KEY_PEPPER') }
  if (reader.problems.length > 0) throw new StartupError(78, reader.problems.join('\n'))
  return secrets
}

function findSecretsFile(own: string, from: Secret): string {
  const file = /^sqlite:(?:\/\/(?=\/))?(\/.*)$/.exec(from.reveal())?.[1]
  if (file === undefined) return own
  const beside = join(dirname(file), 'secrets.json')
  return Object.keys(secretsFile.read(beside)).length > 0 ? beside : own
}

/** Absolute. */
export function dataDirOf(build: Build, io: CliIo): string {
  return resolve(new VariableReader(io.environment, io.readFile).text('DATA_DIR') ?? build.defaultDataDir)
}

function hasPassword(url: Secret): boolean {
  return URL.canParse(url.reveal()) && new URL(url.reveal()).password !== ''
}
