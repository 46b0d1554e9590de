// akr init: makes the secrets that a stack of servers needs. It adds what is missing and never changes what is there.
import { resolve } from 'node:path'
import { StartupError } from '../errors.ts'
import type { FileOwner } from '../infrastructure/new-file.ts'
import { secretsFile } from '../infrastructure/secrets-file.ts'
import { systemRandom } from '../infrastructure/system.ts'
import type { CliIo } from './cli-io.ts'
import { openEnvFile, openFolder, openPrinter, renderEnv, renderManifest, type SecretPlace } from './init-places.ts'
import { findWeaknesses, makeMissing, type SecretValues, STACK_SECRETS } from './init-secrets.ts'

export const INIT_FORMATS = ['files', 'env', 'k8s-secret'] as const

export interface InitOptions {
  readonly format: (typeof INIT_FORMATS)[number]
  /** Folder of `files`, file of `env`. */
  readonly out?: string
  /** Name of the Kubernetes Secret. */
  readonly name: string
  /** secrets.json of a gateway that moves here. */
  readonly from?: string
  /** `uid` or `uid:gid`. */
  readonly owner?: string
  readonly setupLink?: boolean
}

const MOVING = ['JWT_SECRET', 'ENCRYPTION_KEY', 'CLIENT_KEY_PEPPER']

/** @throws StartupError 78 */
export function initialise(io: CliIo, options: InitOptions, isJson: boolean): void {
  const place = openPlace(io, options, isJson)
  const wanted = STACK_SECRETS.filter(({ file }) => !(options.setupLink === true && file === 'admin_password'))
  const taken = readTaken(options.from)
  const existing = attempt(place, () => place.read())
  refuseOtherThanTaken(place, existing, taken)
  const fresh = makeMissing(wanted, existing, taken, systemRandom)
  const late = attempt(place, () => place.add(fresh))
  const created = [...fresh.keys()].filter((name) => !late.includes(name))
  const kept = [...existing.keys(), ...late]
  const warnings = [...findWeaknesses(place.read()), ...place.inspect()]
  report(io, place, { created, kept, warnings }, isJson)
  if (place.path === undefined) remarkOnPrinted(io, options)
}

function openPlace(io: CliIo, options: InitOptions, isJson: boolean): SecretPlace {
  const owner = parseOwner(options.owner)
  if (options.format === 'files') return openFolder(resolve(options.out ?? 'secrets'), owner)
  if (options.format === 'k8s-secret') {
    if (options.out !== undefined)
      throw new StartupError(78, '--out has no meaning with --format k8s-secret: the manifest is printed, for kubectl create -f -.')
    return openPrinter(io.print, renderManifest(options.name, isJson))
  }
  if (options.out !== undefined && options.out !== '-') return openEnvFile(resolve(options.out), owner)
  return openPrinter(io.print, isJson ? (values) => JSON.stringify(byVariable(values), null, 2) : renderEnv)
}

function byVariable(values: SecretValues): Record<string, string> {
  return Object.fromEntries(STACK_SECRETS.flatMap(({ file, variable }) => (values.has(file) ? [[variable, values.get(file) as string]] : [])))
}

function parseOwner(text: string | undefined): FileOwner | undefined {
  if (text === undefined) return undefined
  const [, user, group] = /^(\d{1,9})(?::(\d{1,9}))?$/.exec(text) ?? []
  if (user === undefined) throw new StartupError(78, '--owner takes numbers: uid or uid:gid, e.g. 10001:10001.')
  return { user: Number(user), group: Number(group ?? user) }
}

function readTaken(path: string | undefined): Readonly<Record<string, string>> {
  if (path === undefined) return {}
  const stored = secretsFile.read(resolve(path))
  const missing = MOVING.filter((variable) => stored[variable] === undefined)
  if (missing.length > 0)
    throw new StartupError(78, `${resolve(path)} has no ${missing.join(', ')}. Name the secrets.json in the data directory of the other gateway.`)
  return stored
}

/** Two gateways that share their data must share these secrets; a wish that cannot be met is no success. */
function refuseOtherThanTaken(place: SecretPlace, existing: SecretValues, taken: Readonly<Record<string, string>>): void {
  const other = STACK_SECRETS.filter(({ file, variable }) => taken[variable] !== undefined && existing.has(file) && existing.get(file) !== taken[variable])
  if (other.length === 0) return
  throw new StartupError(
    78,
    `${place.path ?? ''} already holds another ${other.map(({ file }) => file).join(', ')} than --from, and nothing is overwritten. Move those away if no data depend on them, then run this again.`,
  )
}

interface Outcome {
  readonly created: readonly string[]
  readonly kept: readonly string[]
  readonly warnings: readonly string[]
}

function report(io: CliIo, { path }: SecretPlace, { created, kept, warnings }: Outcome, isJson: boolean): void {
  for (const warning of warnings) io.remark(`! ${warning}`)
  if (path !== undefined && isJson) io.print(JSON.stringify({ path, created, kept, warnings }, null, 2))
  else if (path !== undefined) {
    io.print(created.length === 0 ? `${path} has everything already.` : `Created in ${path}: ${created.join(', ')}.`)
    if (kept.length > 0 && created.length > 0) io.print(`Kept as they were: ${kept.join(', ')}.`)
  }
  if (created.includes('encryption_key'))
    io.remark('Back up encryption_key now, apart from the database: without it no stored upstream key can be read again, by anyone.')
  if (created.includes('admin_password') && path !== undefined) io.remark(`The password of the first admin is in ${path} (admin_password).`)
}

function remarkOnPrinted(io: CliIo, { format }: InitOptions): void {
  if (format === 'k8s-secret') io.remark('Pipe it into kubectl create -f -, which refuses when the Secret exists; kubectl apply would replace the values.')
  else io.remark('Never redirect this over a file in use: its ENCRYPTION_KEY would be lost. --out .env adds only what is missing.')
}

function attempt<T>(place: SecretPlace, work: () => T): T {
  try {
    return work()
  } catch (error) {
    const code = (error as { code?: string }).code
    if (code === undefined) throw error
    throw new StartupError(
      78,
      `Secrets cannot be kept in ${place.path ?? 'stdout'} (${code}). Choose a place that this user may write: --out.${code === 'EPERM' ? ' --owner needs root.' : ''}`,
    )
  }
}
