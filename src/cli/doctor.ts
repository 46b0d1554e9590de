// akr doctor: looks at everything that commonly goes wrong and says what to do; changes nothing.
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs'
import type { Config } from '../config.ts'
import { StartupError } from '../errors.ts'
import { secretsFile } from '../infrastructure/secrets-file.ts'
import { type Build, type Environment, loadBuildConfig } from '../build.ts'
import { askHealth, localBaseUrl } from './health-command.ts'
import { checkStreaming } from './streaming-check.ts'
import { withTools } from './tools.ts'

export interface Finding {
  readonly name: string
  readonly status: 'pass' | 'warn' | 'fail'
  readonly detail: string
}

const NODE_MAJOR_MIN = 24

/** Reads stored secrets, generates throw-away ones for what is missing, writes nothing. */
const readOnlySecrets = { read: secretsFile.read, add: (_path: string, secrets: Readonly<Record<string, string>>) => secrets }

/** @param url where clients reach the gateway; default: PROXY_PUBLIC_BASE_URL, else this machine */
export async function examine(build: Build, environment: Environment, url: string | undefined): Promise<readonly Finding[]> {
  const findings: Finding[] = [checkNode()]
  let config: Config
  try {
    config = loadBuildConfig(build, environment, readOnlySecrets)
  } catch (error) {
    if (!(error instanceof StartupError)) throw error
    return [...findings, { name: 'configuration', status: 'fail', detail: error.message }]
  }
  findings.push(...config.warnings.map((detail): Finding => ({ name: 'configuration', status: 'warn', detail })))
  if (config.warnings.length === 0) findings.push({ name: 'configuration', status: 'pass', detail: 'no problems, no unknown variables' })
  findings.push(checkDataDir(config.dataDir), await checkStores(build, environment, config))
  return [...findings, ...(await checkServer(environment, url ?? config.publicBaseUrl))]
}

function checkNode(): Finding {
  const version = process.versions.node
  const isNew = Number(version.split('.')[0]) >= NODE_MAJOR_MIN
  return { name: 'node', status: isNew ? 'pass' : 'fail', detail: isNew ? version : `${version}: this gateway needs ${NODE_MAJOR_MIN} or newer` }
}

function checkDataDir(dataDir: string): Finding {
  const name = 'data directory'
  if (!existsSync(dataDir)) return { name, status: 'warn', detail: `${dataDir} does not exist yet; the first start creates it` }
  try {
    if (!statSync(dataDir).isDirectory()) return { name, status: 'fail', detail: `${dataDir} is not a directory: set DATA_DIR` }
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
    return { name, status: 'pass', detail: `${dataDir} is writable` }
  } catch {
    return { name, status: 'fail', detail: `${dataDir} is not writable for this user: change its owner, or set DATA_DIR` }
  }
}

/** Opening proves the driver, the schema, the encryption key and the cache. */
async function checkStores(build: Build, environment: Environment, config: Config): Promise<Finding> {
  const name = 'database and encryption key'
  const file = /^sqlite:(\/.*)$/.exec(config.databaseUrl.reveal())?.[1]
  if (file !== undefined && !existsSync(file)) return { name, status: 'warn', detail: `${file} does not exist yet; the first start creates it` }
  try {
    return await withTools(build, environment, async ({ management }) => {
      const { total } = await management.upstreams.list({ page: 1, limit: 1 })
      return {
        name,
        status: 'pass',
        detail: `opened with ${total} upstreams${file === undefined ? '' : ` (${describeSqlite(file)})`}; the stored check value fits the key`,
      }
    })
  } catch (error) {
    return { name, status: 'fail', detail: error instanceof Error ? error.message : String(error) }
  }
}

/** Every SQLite file names the version of the library that last wrote it, at offset 96. */
function describeSqlite(file: string): string {
  const version = readFileSync(file).subarray(96, 100).readUInt32BE()
  return `SQLite ${Math.floor(version / 1_000_000)}.${Math.floor(version / 1000) % 1000}.${version % 1000}`
}

async function checkServer(environment: Environment, publicUrl: string | undefined): Promise<Finding[]> {
  const local = await askHealth(localBaseUrl(environment))
  const findings: Finding[] = [
    { name: 'server', status: local.isReady ? 'pass' : 'warn', detail: local.isReady ? local.detail : `${local.detail}; start it with akr serve` },
  ]
  const base = (publicUrl ?? localBaseUrl(environment)).replace(/\/+$/, '')
  if (publicUrl !== undefined) {
    const reached = await askHealth(base)
    findings.push({ name: 'public URL', status: reached.isReady ? 'pass' : 'fail', detail: reached.detail })
  } else if (!local.isReady) {
    return findings
  }
  const { verdict, detail } = await checkStreaming(base)
  return [...findings, { name: 'streaming', status: verdict === 'streams' ? 'pass' : verdict === 'buffered' ? 'fail' : 'warn', detail: `${base}: ${detail}` }]
}

export function renderFindings(findings: readonly Finding[]): string {
  const marks = { pass: '✓', warn: '!', fail: '✗' }
  const width = Math.max(...findings.map(({ name }) => name.length))
  return findings
    .map(({ name, status, detail }) => `${marks[status]} ${name.padEnd(width)}  ${detail.replaceAll('\n', `\n${' '.repeat(width + 4)}`)}`)
    .join('\n')
}
