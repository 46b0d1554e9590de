// akr doctor: looks at everything that commonly goes wrong and says what to do; changes nothing.
import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { type Build, type Environment, loadBuildConfig } from '../build.ts'
import type { Config } from '../config.ts'
import { StartupError } from '../errors.ts'
import { secretsFile } from '../infrastructure/secrets-file.ts'
import { limits } from '../limits.ts'
import { fail, type Finding, pass, reasonOf, warn } from './doctor-finding.ts'
import { checkKeyRotation } from './doctor-key-rotation.ts'
import { checkReplicas } from './doctor-replicas.ts'
import { checkServers } from './doctor-servers.ts'
import { checkSurroundings } from './doctor-surroundings.ts'
import { type Tools, withTools } from './tools.ts'

const NODE_MAJOR_MIN = 24
/** Upstreams without a usable key that are named one by one. */
const POOLS_NAMED_MAX = 20

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
    return [...findings, fail('configuration', error.message)]
  }
  findings.push(...config.warnings.map((detail) => warn('configuration', detail)))
  if (config.warnings.length === 0) findings.push(pass('configuration', 'no problems, no unknown variables, secrets are strong'))
  findings.push(checkDataDir(config.dataDir))
  const servers = await checkServers(build, config)
  findings.push(...servers.findings)
  if (servers.canOpen) findings.push(...(await checkData(build, environment)))
  return [...findings, ...(await checkSurroundings(environment, config, url ?? config.publicBaseUrl))]
}

function checkNode(): Finding {
  const version = process.versions.node
  const isNew = Number(version.split('.')[0]) >= NODE_MAJOR_MIN
  return isNew ? pass('node', version) : fail('node', `${version}: this gateway needs ${NODE_MAJOR_MIN} or newer`)
}

function checkDataDir(dataDir: string): Finding {
  const name = 'data directory'
  if (!existsSync(dataDir)) return warn(name, `${dataDir} does not exist yet; the first start creates it`)
  try {
    if (!statSync(dataDir).isDirectory()) return fail(name, `${dataDir} is not a directory: set DATA_DIR`)
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
    return pass(name, `${dataDir} is writable`)
  } catch {
    return fail(name, `${dataDir} is not writable for this user: change its owner, or set DATA_DIR`)
  }
}

/** Opening proves the encryption key; then what is stored, and who is there. */
async function checkData(build: Build, environment: Environment): Promise<Finding[]> {
  const name = 'encryption key'
  try {
    return await withTools(build, environment, async (tools) => [
      pass(name, 'fits the check value in the database'),
      ...(await checkKeyRotation(tools.rotation, tools.store, tools.config.secrets.previousEncryption !== undefined)),
      ...(await checkPools(tools)),
      ...(await checkReplicas(tools.cache)),
    ])
  } catch (error) {
    return [fail(name, reasonOf(error))]
  }
}

async function checkPools({ management }: Tools): Promise<Finding[]> {
  const name = 'key pools'
  const { rows, total } = await management.upstreams.list({ page: 1, limit: limits.upstreamsMax })
  const dry = rows.filter(({ upstream, keys }) => upstream.enabled && keys.ready === 0)
  const findings = dry.slice(0, POOLS_NAMED_MAX).map(({ upstream, keys }) => {
    const states = Object.entries(keys).flatMap(([state, count]) => (count > 0 ? [`${count} ${state}`] : []))
    return warn(name, `${upstream.slug} has no ready key (${states.join(', ') || 'none at all'}): akr key list ${upstream.slug}`)
  })
  if (dry.length > POOLS_NAMED_MAX) findings.push(warn(name, `and ${dry.length - POOLS_NAMED_MAX} more upstreams without a ready key`))
  const ready = rows.reduce((sum, { keys }) => sum + keys.ready, 0)
  return findings.length > 0 ? findings : [pass(name, `${total} upstreams, ${ready} ready keys`)]
}
