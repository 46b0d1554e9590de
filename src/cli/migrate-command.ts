// akr migrate-db: carries everything a gateway has from one database to another, and proves that it arrived.
import type { Build } from '../build.ts'
import type { Secret } from '../domain/secret.ts'
import { GatewayError, StartupError } from '../errors.ts'
import { copyTables, countTarget, proveSource, sumRows, type TransferWatch } from '../infrastructure/database/transfer.ts'
import type { TransferProof } from '../infrastructure/database/transfer-proof.ts'
import { examineDatabase, openDatabase } from '../infrastructure/factory.ts'
import { systemClock } from '../infrastructure/system.ts'
import { type CliIo, renderTable } from './cli-io.ts'
import { createDataWatch } from './data-watch.ts'
import { nameDatabase, readDatabaseArgument, readDataSecrets } from './migrate-sources.ts'

export interface MigrateOptions {
  readonly from?: string
  readonly to?: string
  readonly secrets?: string
  /** Rows that the target may lose. */
  readonly replace?: number
  readonly dryRun?: boolean
}

/** @throws GatewayError, StartupError */
export async function migrateDatabase(build: Build, io: CliIo, options: MigrateOptions, isJson: boolean): Promise<void> {
  if (options.from === undefined && options.to === undefined)
    throw new StartupError(78, 'Name the source (--from) or the target (--to); the other one is the database of this environment.')
  const from = readDatabaseArgument(build, io, '--from', options.from)
  const to = readDatabaseArgument(build, io, '--to', options.to)
  if (nameDatabase(from) === nameDatabase(to)) throw new StartupError(78, `Source and target are the same database: ${nameDatabase(from)}.`)
  const secrets = readDataSecrets(build, io, from, options.secrets)
  await refuseOtherSchema(build, from)
  const isDryRun = options.dryRun === true
  const startedMs = systemClock.monotonicMs()
  const watch = createDataWatch(io, secrets, nameDatabase(from), refuseDamaged)
  const proof = isDryRun ? await rehearse(build, from, to, options, watch) : await copy(build, from, to, options, watch)
  const tookMs = Math.round(systemClock.monotonicMs() - startedMs)
  report(io, { proof, from, to, isDryRun, tookMs }, isJson)
}

function refuseDamaged(id: string): never {
  throw new GatewayError(
    'conflict',
    `The stored value of the upstream key ${id} is damaged: it cannot be opened. Remove it (akr key rm ${id}), or restore a backup. Nothing was copied.`,
  )
}

/** The source is never changed, so it must have the schema of this program already. */
async function refuseOtherSchema(build: Build, from: Secret): Promise<void> {
  const facts = await examineDatabase(build.catalog, from, { clock: systemClock })
  if (facts === undefined || facts.applied.length === 0) {
    throw new StartupError(78, `${nameDatabase(from)} holds no data of this gateway. Check --from.`)
  }
  if (facts.pending.length > 0) {
    throw new StartupError(
      78,
      `${nameDatabase(from)} has an older schema (${facts.applied.at(-1)}; ${facts.pending.join(', ')} to come), and a copy never changes its source.\n  Start the gateway of this version on it once: it makes a backup and migrates. Then run this again.`,
    )
  }
}

async function copy(build: Build, from: Secret, to: Secret, { replace }: MigrateOptions, watch: TransferWatch): Promise<TransferProof> {
  return withDatabase(build, from, 'tool', (source) => withDatabase(build, to, 'server', (target) => copyTables(source, target, replace ?? 0, watch)))
}

/** Everything but the writing: the target is not even created. */
async function rehearse(build: Build, from: Secret, to: Secret, { replace }: MigrateOptions, watch: TransferWatch): Promise<TransferProof> {
  const target = await examineDatabase(build.catalog, to, { clock: systemClock })
  if (target !== undefined && target.applied.length > 0 && target.pending.length === 0) {
    const held = sumRows(await withDatabase(build, to, 'tool', countTarget))
    if (held !== (replace ?? 0))
      throw new GatewayError('conflict', `The target holds ${held} rows. It must be empty, or all of them be given up: --replace ${held}.`)
  }
  return withDatabase(build, from, 'tool', (source) => proveSource(source, watch))
}

async function withDatabase<T>(
  build: Build,
  url: Secret,
  role: 'server' | 'tool',
  work: (store: Awaited<ReturnType<typeof openDatabase>>['store']) => Promise<T>,
): Promise<T> {
  const { store, events } = await openDatabase(build.catalog, url, { clock: systemClock, role })
  try {
    return await work(store)
  } finally {
    await events.close()
    await store.close()
  }
}

interface Report {
  readonly proof: TransferProof
  readonly from: Secret
  readonly to: Secret
  readonly isDryRun: boolean
  readonly tookMs: number
}

function report(io: CliIo, { proof, from, to, isDryRun, tookMs }: Report, isJson: boolean): void {
  const [source, target] = [nameDatabase(from), nameDatabase(to)]
  if (isJson)
    return io.print(
      JSON.stringify({ from: source, to: target, dry_run: isDryRun, tables: proof, keys_opened: proof.upstream_keys.rows, took_ms: tookMs }, null, 2),
    )
  io.print(
    renderTable(
      ['table', 'rows', 'sha-256'],
      Object.entries(proof).map(([table, { rows, digest }]) => [table, String(rows), digest.slice(0, 16)]),
    ),
  )
  const opened = `All ${proof.upstream_keys.rows} upstream keys were opened with ENCRYPTION_KEY.`
  if (isDryRun) return io.print(`${opened}\nDry run: nothing was written to ${target}. Took ${tookMs} ms.`)
  io.print(
    [
      `${opened} Rows and contents in the target were compared with the source before they were kept. Took ${tookMs} ms.`,
      'Left behind: the history of key states, failed sign-ins, remembered answers of repeated requests, files and batches of clients.',
      'Next:',
      `  1. Give the gateways on ${target} the same ENCRYPTION_KEY and CLIENT_KEY_PEPPER, and start them: akr doctor.`,
      `  2. Send the clients there; their keys stay valid. What changed in ${source} after this copy began is not in it.`,
      `  3. Keep ${source} until you are sure; it is unchanged.`,
    ].join('\n'),
  )
}
