// Opens what is stored: the database, at once or as a link that waits for it, and the vault of its keys.
import { join } from 'node:path'
import type { Config } from '../config.ts'
import type { Catalog, OpenDatabase } from '../infrastructure/catalog.ts'
import { LateVault } from '../infrastructure/crypto/late-vault.ts'
import { openKeyVault, VAULT_SETTINGS } from '../infrastructure/crypto/open-key-vault.ts'
import { createBackupFolder } from '../infrastructure/database/backup-folder.ts'
import { StoreLink } from '../infrastructure/database/store-link.ts'
import { isRemoteDatabase, openDatabase } from '../infrastructure/factory.ts'
import { limits } from '../limits.ts'
import type { BackupWriter } from '../ports/backup.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import type { RequestLog } from '../ports/request-log.ts'
import type { EventStore, Repositories, SettingsRepository, Store } from '../ports/store.ts'

export interface StoresInput {
  readonly catalog: Catalog
  readonly config: Config
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly role: 'server' | 'tool'
  readonly observeQuery: (operation: string, durationMs: number) => void
}

export interface Stores {
  readonly store: Store
  readonly events: EventStore
  readonly requestLog: RequestLog
  readonly vault: LateVault
  /** Copies of the database in files below the data directory. */
  readonly backups: BackupWriter
  /** undefined when the database is open already: it is a file, or a tool uses it, which does not wait. */
  readonly link: StoreLink | undefined
  /** Why the database cannot be used just now, for people; undefined when it can. Without I/O. */
  fault(): string | undefined
  /** Opens the database behind the link. @throws StartupError */
  reach(): Promise<void>
  /** Opens the vault with the settings of the database, or with copies of them. @throws StartupError, StoreUnavailableError */
  openVault(copies?: Readonly<Record<string, string>>): Promise<void>
  /** Opens it again if its keys have changed. @throws as openVault */
  refreshVault(): Promise<void>
}

/** @throws StartupError */
export async function openStores({ catalog, config, clock, random, logger, role, observeQuery }: StoresInput): Promise<Stores> {
  const open = () => openDatabase(catalog, config.databaseUrl, { clock, role, logger, observeQuery })
  const isRemote = isRemoteDatabase(catalog, config.databaseUrl)
  const link = isRemote && role === 'server' ? new StoreLink({ clock, random, onChange: (isThere, reason) => tell(logger, isThere, reason) }) : undefined
  const opened = link === undefined ? await open() : undefined
  const { store, events, requestLog } = link ?? (opened as OpenDatabase)
  const vault = new LateVault()
  let openedWith: string | undefined
  const stores: Stores = {
    store,
    events,
    requestLog,
    vault,
    backups: createBackupFolder({
      ...{ catalog, clock, folder: join(config.dataDir, 'backups'), kept: limits.backupFilesKept },
      from: { url: config.databaseUrl, name: 'the database' },
    }),
    link,
    fault: () => (link === undefined ? opened?.fault?.() : link.isReachable ? undefined : 'the database does not answer'),
    reach: async () => link?.attach(await open()),
    openVault: async (copies) => {
      const source = copies === undefined ? store : { transaction: <T>(work: (repositories: Repositories) => Promise<T>) => work(readOnly(copies)) }
      const { encryption, previousEncryption: previous } = config.secrets
      vault.use(await openKeyVault({ store: source, encryption, previous, random, place: isRemote ? 'the database' : config.dataDir }))
      openedWith = copies === undefined ? await readVaultSettings(store) : undefined
    },
    refreshVault: async () => {
      if (openedWith !== (await readVaultSettings(store))) await stores.openVault()
    },
  }
  return stores
}

async function readVaultSettings({ settings }: Store): Promise<string> {
  return JSON.stringify(await Promise.all(VAULT_SETTINGS.map(async (name) => (await settings.get(name)) ?? null)))
}

export { VAULT_SETTINGS }

/** Only what opening a vault that exists asks for. */
function readOnly(copies: Readonly<Record<string, string>>): Repositories {
  const settings: Pick<SettingsRepository, 'get' | 'set'> = {
    get: async (name) => copies[name],
    set: async (name) => Promise.reject(new Error(`it lacks the setting ${name}`)),
  }
  return { settings } as Repositories
}

function tell(logger: Logger, isThere: boolean, reason: string): void {
  if (isThere) logger.info('database.back', 'The database answers again')
  else logger.error('database.away', `The database does not answer: ${reason}. Requests are served on; management answers 503 until it is back.`)
}
