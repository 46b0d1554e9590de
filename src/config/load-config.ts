// Environment to frozen configuration: complete and valid, or one error that lists everything that is wrong.
import { join, resolve } from 'node:path'
import type { Config } from '../config.ts'
import { findPasswordFault, normalizeUsername, USERNAME_PATTERN } from '../domain/account-rules.ts'
import { StartupError } from '../errors.ts'
import { limits } from '../limits.ts'
import { readDnsServers, readTrustedProxies } from './addresses.ts'
import { completeOwnSecrets, findOwnSecrets, type FoundSecrets, type OwnSecrets, type SecretsFile } from './own-secrets.ts'
import { readObservability } from './observability.ts'
import { readPolicies } from './policies.ts'
import { readPrices } from './prices.ts'
import { readRequestLog } from './request-log.ts'
import { readCacheUrl, readDatabaseUrl } from './store-urls.ts'
import { readWorkers } from './workers.ts'
import { findUnknownVariables } from './unknown-variables.ts'
import { VariableReader, type Environment } from './variable-reader.ts'

/** What differs between builds. */
export interface ConfigDefaults {
  /** Default: SQLite in the data directory. */
  readonly databaseUrl?: string
  /** Default: `memory:`. */
  readonly cacheUrl?: string
  /** Default: true. */
  readonly allowPrivateUpstreams?: boolean
  /** Refuse to start instead of generating secrets, where several processes must share them. Default: false. */
  readonly secretsMustBeGiven?: boolean
}

export interface ConfigSources {
  /** Name of the build, e.g. `lightweight`. */
  readonly build: string
  readonly version: string
  readonly defaultDataDir: string
  readonly defaults?: ConfigDefaults
  /** Relative paths are relative to it. */
  readonly workingDir: string
  /** stdout is a terminal: logs for people unless LOG_FORMAT says otherwise. */
  readonly terminal: boolean
  /** Whole text of a file; throws when it cannot be read. */
  readonly readFile: (path: string) => string
  readonly secretsFile: SecretsFile
  /** A fresh random secret of at least 256 bits, as text. */
  readonly generateSecret: () => string
}

type Draft = Omit<Config, 'secrets' | 'warnings'>

/** @throws StartupError (78) whose message lists all problems; nothing was written then. */
export function loadConfig(env: Environment, sources: ConfigSources): Config {
  const reader = new VariableReader(env, sources.readFile)
  const dataDir = resolve(sources.workingDir, reader.text('DATA_DIR') ?? sources.defaultDataDir)
  const secretsPath = resolve(sources.workingDir, reader.text('SECRETS_FILE') ?? join(dataDir, 'secrets.json'))
  const found = findOwnSecrets(reader, sources.secretsFile, secretsPath, sources.defaults?.secretsMustBeGiven ?? false)
  const draft: Draft = { ...readSurface(reader, sources), ...readStores(reader, sources, dataDir), ...readAccess(reader), ...readDataPlane(reader, sources) }
  const warnings = [...reader.warnings, ...findUnknownVariables(env)]
  if (reader.problems.length > 0) throw new StartupError(78, renderProblems(reader.problems, warnings))
  return deepFreeze({ ...draft, secrets: complete(found, sources), warnings })
}

function complete(found: FoundSecrets, sources: ConfigSources): OwnSecrets {
  try {
    return completeOwnSecrets(found, sources.secretsFile, sources.generateSecret)
  } catch (error) {
    throw error instanceof StartupError ? new StartupError(78, renderProblems([error.message], [])) : error
  }
}

function readSurface(reader: VariableReader, sources: ConfigSources) {
  const port = reader.number('BACKEND_PORT') ?? 0
  const adminPort = reader.number('ADMIN_PORT')
  const host = reader.text('HOST') as string
  const adminHost = reader.text('ADMIN_HOST') as string
  if (adminPort !== undefined && adminPort !== 0 && adminPort === port)
    reader.problems.push('ADMIN_PORT and BACKEND_PORT are the same. Write another port, or remove ADMIN_PORT.')
  if (adminPort === undefined && reader.isSet('ADMIN_HOST')) reader.warnings.push('ADMIN_HOST has no effect without ADMIN_PORT.')
  return {
    build: sources.build,
    version: sources.version,
    listen: { host, port },
    adminListen: adminPort === undefined ? undefined : { host: adminHost, port: adminPort },
    publicBaseUrl: reader.baseUrl('PROXY_PUBLIC_BASE_URL'),
    trustProxy: readTrustedProxies(reader),
    logLevel: reader.choice<Config['logLevel']>('LOG_LEVEL') ?? 'info',
    logFormat: reader.choice<Config['logFormat']>('LOG_FORMAT') ?? (sources.terminal ? 'pretty' : 'json'),
    metricsEnabled: reader.flag('METRICS_ENABLED') ?? true,
    metricsPerKey: reader.flag('METRICS_PER_KEY') ?? false,
    metricsToken: reader.secret('METRICS_TOKEN'),
    ...readObservability(reader),
    ...readRequestLog(reader),
  }
}

function readStores(reader: VariableReader, sources: ConfigSources, dataDir: string) {
  const defaults = {
    databaseUrl: sources.defaults?.databaseUrl ?? `sqlite:${join(dataDir, 'core.db')}`,
    cacheUrl: sources.defaults?.cacheUrl ?? 'memory:',
    workingDir: sources.workingDir,
  }
  const snapshotFile = reader.flag('SNAPSHOT_FILE') ?? true
  const stores = { databaseUrl: readDatabaseUrl(reader, defaults), cacheUrl: readCacheUrl(reader, defaults) }
  return { dataDir, snapshotFile, backupDaily: reader.flag('BACKUP_DAILY') ?? false, ...stores, workers: readWorkers(reader, stores, sources.build) }
}

function readAccess(reader: VariableReader) {
  const seeds = [
    { adapter: 'openai', keys: reader.secrets('OPENAI_API_KEYS') },
    { adapter: 'anthropic', keys: reader.secrets('ANTHROPIC_API_KEYS') },
    { adapter: 'gemini', keys: reader.secrets('GEMINI_API_KEYS') },
  ]
  return {
    ...readFirstAdmin(reader),
    globalClientKeys: reader.secrets('GLOBAL_PROXY_KEYS'),
    seedUpstreams: seeds.filter(({ keys }) => keys.length > 0),
    demoMode: reader.choice<Config['demoMode']>('DEMO_MODE') ?? 'auto',
    exposeKeyHint: reader.flag('EXPOSE_KEY_HINT') ?? false,
    ...readPolicies(reader),
  }
}

/** Held against the rules of management here already: a first admin that cannot be created is a problem of the configuration. */
function readFirstAdmin(reader: VariableReader) {
  const adminUsername = reader.text('ADMIN_USERNAME') as string
  const username = normalizeUsername(adminUsername)
  if (!USERNAME_PATTERN.test(username)) reader.problems.push('ADMIN_USERNAME must be 1 to 64 letters, digits, or . _ @ + -, starting with a letter or digit.')
  const known = reader.problems.length
  const adminPassword = reader.secret('ADMIN_PASSWORD')
  const fault = adminPassword === undefined || reader.problems.length > known ? undefined : findPasswordFault(adminPassword.reveal(), username)
  if (fault !== undefined) reader.problems.push(`ADMIN_PASSWORD ${fault}. Choose another one, or remove it to get a set-up link.`)
  return { adminUsername, adminPassword }
}

function readDataPlane(reader: VariableReader, sources: ConfigSources) {
  const firstByteMs = reader.number('PROXY_TIMEOUT')
  const bodyBytesMax = reader.number('MAX_BODY_BYTES')
  return {
    allowPrivateUpstreams: reader.flag('ALLOW_PRIVATE_UPSTREAMS') ?? sources.defaults?.allowPrivateUpstreams ?? true,
    dnsServers: readDnsServers(reader),
    timeouts: {
      connectMs: reader.number('CONNECT_TIMEOUT') ?? limits.connectTimeoutMs,
      llmFirstByteMs: firstByteMs ?? limits.llmFirstByteTimeoutMs,
      proxyFirstByteMs: firstByteMs ?? limits.proxyFirstByteTimeoutMs,
      idleMs: reader.number('STREAM_IDLE_TIMEOUT') ?? limits.idleTimeoutMs,
      totalMs: reader.number('STREAM_MAX_DURATION') ?? limits.totalTimeoutMs,
    },
    rotationNonExactBlock: reader.number('ROTATION_NON_EXACT_BLOCK') ?? 1,
    maxAttempts: 1 + (reader.number('MAX_RETRIES') ?? limits.attemptsDefault - 1),
    llmBodyBytesMax: bodyBytesMax ?? limits.llmBodyBytesMax,
    proxyBodyBytesMax: bodyBytesMax ?? limits.proxyBodyBytesMax,
    webSockets: {
      max: reader.number('MAX_WEBSOCKETS') ?? limits.webSocketsMax,
      idleMs: reader.number('WEBSOCKET_IDLE_TIMEOUT') ?? limits.webSocketIdleMs,
      totalMs: reader.number('WEBSOCKET_MAX_DURATION') ?? limits.webSocketTotalMs,
    },
    filesBytesMax: reader.number('FILES_MAX_BYTES') ?? limits.filesBytesMax,
    exchangesMax: reader.number('MAX_CONCURRENT_REQUESTS') ?? limits.exchangesMax,
    prices: readPrices(reader, sources),
    shutdown: {
      announceMs: reader.number('SHUTDOWN_ANNOUNCE') ?? limits.drainAnnounceMs,
      requestsMs: reader.number('SHUTDOWN_GRACE') ?? limits.drainRequestsMs,
    },
  }
}

function renderProblems(problems: readonly string[], warnings: readonly string[]): string {
  const unique = [...new Set(problems)]
  const count = unique.length === 1 ? 'a problem' : `${unique.length} problems`
  const hints = warnings.length === 0 ? '' : `\nPerhaps related:\n${warnings.map((warning) => `  - ${warning}`).join('\n')}`
  return `the configuration has ${count}.\n${unique.map((problem) => `  - ${problem}`).join('\n')}${hints}\nSee docs/configuration.md.`
}

/** Plain objects and arrays only; a Secret has nothing that could be changed. */
export function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) {
    if (typeof inner === 'object' && inner !== null && !Object.isFrozen(inner)) deepFreeze(inner)
  }
  return Object.freeze(value)
}
