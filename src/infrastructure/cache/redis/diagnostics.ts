// What a Redis server says about itself, for people who look for the reason of something; the gateway's own look is inspection.ts.
import type { ConnectionOptions } from 'node:tls'
import { StartupError } from '../../../errors.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { Advice, CacheFacts } from '../../diagnostics.ts'
import { type Client, destroyClient, openClient } from './client.ts'
import type { RedisOptions } from './options.ts'
import { findPrimary } from './sentinel.ts'

/** Share of its memory from which a server with noeviction will soon refuse to write. */
const MEMORY_SHARE_WARN = 0.9

/** @throws StartupError 69 when no server answers */
export async function examineRedis(options: RedisOptions, tls: ConnectionOptions | undefined, clock: Clock): Promise<CacheFacts> {
  const client = await connect(options, tls)
  try {
    await client.ping()
    const startedMs = clock.monotonicMs()
    await client.ping()
    const latencyMs = clock.monotonicMs() - startedMs
    const time = await ask(() => client.time())
    const clockOffsetMs = time === undefined ? undefined : Number(time[0]) * 1_000 + Number(time[1]) / 1_000 + latencyMs / 2 - clock.nowMs()
    const info = (await ask(() => client.info())) ?? ''
    return { ...describe(parseInfo(info)), latencyMs, clockOffsetMs }
  } finally {
    destroyClient(client)
  }
}

async function connect(options: RedisOptions, tls: ConnectionOptions | undefined): Promise<Client> {
  const client = { login: options.login, database: options.database, tls }
  let reason: unknown
  for (const address of options.addresses) {
    try {
      return await openClient(options.mode === 'sentinel' ? await findPrimary(options, tls) : address, client)
    } catch (error) {
      reason = error
    }
  }
  const places = options.addresses.map(({ host, port }) => `${host}:${port}`).join(', ')
  const why = reason instanceof Error ? reason.message : String(reason)
  throw new StartupError(69, `Redis at ${places} cannot be reached: ${why}. Until it is back every process counts for itself.`)
}

/** Undefined for what this user may not ask. */
async function ask<T>(question: () => Promise<T>): Promise<T | undefined> {
  try {
    return await question()
  } catch (error) {
    if (/NOPERM|unknown command/i.test(error instanceof Error ? error.message : '')) return undefined
    throw error
  }
}

function parseInfo(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split(/\r?\n/).flatMap((line) => (/^\w+:/.test(line) ? [[line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)] as const] : [])),
  )
}

function describe(info: ReadonlyMap<string, string>): Pick<CacheFacts, 'server' | 'details' | 'advice'> {
  if (info.size === 0) return { server: 'Redis', details: ['this user may not ask for INFO, so nothing more is known'], advice: [] }
  const policy = info.get('maxmemory_policy')
  const isAppendOnly = info.get('aof_enabled') === '1'
  const [used, max] = [Number(info.get('used_memory')), Number(info.get('maxmemory'))]
  const details = [`appendonly ${isAppendOnly ? 'yes' : 'no'}`, `maxmemory-policy ${policy ?? 'unknown'}`, describeMemory(used, max)]
  if (info.get('cluster_enabled') === '1') details.push('cluster')
  const valkey = info.get('valkey_version')
  return {
    server: valkey === undefined ? `Redis ${info.get('redis_version') ?? ''}` : `Valkey ${valkey}`,
    details,
    advice: [...adviseOnPolicy(policy), ...adviseOnMemory(used, max), ...adviseOnDurability(isAppendOnly, info)],
  }
}

function describeMemory(used: number, max: number): string {
  const mebibytes = (bytes: number): string => `${Math.round(bytes / 1024 / 1024)} MiB`
  return `${mebibytes(used)} of ${max > 0 ? mebibytes(max) : 'unlimited'} memory`
}

function adviseOnPolicy(policy: string | undefined): Advice[] {
  const text = `maxmemory-policy ${policy} would throw away turns and limits when the server is full. Set it to noeviction.`
  if (policy?.startsWith('allkeys-') === true) return [{ status: 'fail', text }]
  return policy?.startsWith('volatile-') === true ? [{ status: 'warn', text }] : []
}

function adviseOnMemory(used: number, max: number): Advice[] {
  if (!(max > 0) || used < max * MEMORY_SHARE_WARN) return []
  return [{ status: 'warn', text: `${Math.round((100 * used) / max)} % of maxmemory is used: at 100 % every process counts for itself. Raise maxmemory.` }]
}

function adviseOnDurability(isAppendOnly: boolean, info: ReadonlyMap<string, string>): Advice[] {
  const advice: Advice[] = []
  if (!isAppendOnly)
    advice.push({ status: 'warn', text: 'appendonly is no: a restart of the server forgets limits that are being counted. Set appendonly yes.' })
  if (info.get('role') === 'slave')
    advice.push({ status: 'fail', text: 'This server is a replica and takes no writes. Name the primary, or reach it by Sentinel.' })
  return advice
}
