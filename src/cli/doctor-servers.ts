// The doctor's look at the database, the cache, and the clocks of all machines.
import type { Build } from '../build.ts'
import type { Config } from '../config.ts'
import type { Secret } from '../domain/secret.ts'
import { weakSecretReason } from '../domain/weak-secret.ts'
import type { DatabaseFacts, ServerFacts } from '../infrastructure/diagnostics.ts'
import { examineCache, examineDatabase } from '../infrastructure/factory.ts'
import { systemClock, systemRandom } from '../infrastructure/system.ts'
import { limits } from '../limits.ts'
import { fail, type Finding, pass, reasonOf, warn } from './doctor-finding.ts'

const PASSWORD_CHARS_MIN = 12

export interface ServerLooks {
  readonly findings: readonly Finding[]
  /** The database is there with the schema of this program, so it can be opened without a migration. */
  readonly canOpen: boolean
}

export async function checkServers(build: Build, config: Config): Promise<ServerLooks> {
  const database = await checkDatabase(build, config.databaseUrl)
  const cache = await checkCache(build, config)
  return { findings: [...database.findings, ...cache, ...checkPasswords(config)], canOpen: database.canOpen }
}

async function checkDatabase(build: Build, url: Secret): Promise<ServerLooks> {
  const name = 'database'
  let facts: DatabaseFacts | undefined
  try {
    facts = await examineDatabase(build.catalog, url, { clock: systemClock })
  } catch (error) {
    return { findings: [fail(name, reasonOf(error))], canOpen: false }
  }
  if (facts === undefined) return { findings: [warn(name, 'it does not exist yet; the first start creates it')], canOpen: false }
  const { applied, pending } = facts
  const isCurrent = applied.length > 0 && pending.length === 0
  const schema = applied.length === 0 ? 'no schema yet' : `schema ${applied.at(-1)}${isCurrent ? ' (up to date)' : ''}`
  const findings = [pass(name, [facts.server, schema, ...listFacts(facts)].join(', ')), ...adviceOf(name, facts), ...checkClock(name, facts)]
  if (!isCurrent) findings.push(warn('schema', `${pending.length} migrations to come (${pending.join(', ')}): the next start of a gateway applies them`))
  return { findings, canOpen: isCurrent }
}

async function checkCache(build: Build, config: Config): Promise<Finding[]> {
  const name = 'cache'
  try {
    const facts = await examineCache(build.catalog, config.cacheUrl, { clock: systemClock, random: systemRandom })
    if (facts !== undefined) return [pass(name, [facts.server, ...listFacts(facts)].join(', ')), ...adviceOf(name, facts), ...checkClock(name, facts)]
    const isAlone = /^sqlite:/.test(config.databaseUrl.reveal())
    if (isAlone) return [pass(name, 'in the process of the gateway')]
    return [warn(name, 'in the process of each gateway: several replicas would not share turns and limits. Set REDIS_URL, unless there is only one.')]
  } catch (error) {
    return [fail(name, reasonOf(error))]
  }
}

function listFacts({ latencyMs, details }: ServerFacts): string[] {
  return [`${latencyMs < 1 ? '< 1' : Math.round(latencyMs)} ms`, ...details]
}

function adviceOf(name: string, { advice }: ServerFacts): Finding[] {
  return advice.map(({ status, text }) => (status === 'fail' ? fail(name, text) : warn(name, text)))
}

/** Cooldowns and expiry times are compared over machines. */
export function checkClock(name: string, { clockOffsetMs }: Pick<ServerFacts, 'clockOffsetMs'>): Finding[] {
  if (clockOffsetMs === undefined) return []
  const seconds = (Math.abs(clockOffsetMs) / 1_000).toFixed(Math.abs(clockOffsetMs) < 10_000 ? 2 : 0)
  const text = `the clock of the ${name} is ${seconds} s ${clockOffsetMs > 0 ? 'ahead of' : 'behind'} this machine's`
  return [Math.abs(clockOffsetMs) > limits.clockSkewMaxMs ? fail('clock', `${text}. Set both by NTP.`) : pass('clock', text)]
}

/** The secrets of the gateway itself are judged when the configuration is read. */
function checkPasswords(config: Config): Finding[] {
  const places = [
    { name: 'database password', url: config.databaseUrl.reveal() },
    { name: 'cache password', url: config.cacheUrl.reveal() },
  ]
  return places.flatMap(({ name, url }) => {
    // Several hosts make a URL that no parser takes; the login stands before the last @ all the same.
    const [, login] = /^[a-z+]+:\/\/(?:([^/?#]*)@)?[^/?#@]+/i.exec(url) ?? []
    if (/^(sqlite|memory):/.test(url)) return []
    const password = decodeURIComponent(login?.split(':').slice(1).join(':') ?? '')
    if (password === '') return [warn(name, 'there is none: whoever reaches the server may do everything there')]
    const weakness = weakSecretReason(password, PASSWORD_CHARS_MIN)
    return weakness === undefined ? [] : [warn(name, `${weakness}. akr init makes strong ones.`)]
  })
}
