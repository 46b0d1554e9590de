// Looks at a server that was just reached: whether it keeps what it is told, is new enough, and has the right time.
import { limits } from '../../../limits.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { Link } from './link.ts'
import { RedisReplyError } from './replies.ts'

export interface Findings {
  /** Reason not to start with this server. */
  readonly problem: string | undefined
  readonly warnings: readonly string[]
}

/** Rejects with a CacheUnavailableError when the server goes away meanwhile. What the user may not ask for is left out. */
export async function inspectServer(link: Link, clock: Clock): Promise<Findings> {
  const [info, policy, time] = await Promise.all([ask(link, 'info', 'server'), ask(link, 'config', 'get', 'maxmemory-policy'), ask(link, 'time')])
  const problems = [versionProblem(info), policyProblem(policyOf(policy))]
  const warnings = [policyWarning(policyOf(policy)), skewWarning(time, clock.nowMs())]
  return { problem: problems.find((problem) => problem !== undefined), warnings: warnings.filter((warning) => warning !== undefined) }
}

async function ask(link: Link, name: string, ...args: string[]): Promise<unknown> {
  try {
    return await link.ask(name, args)
  } catch (error) {
    // NOPERM, or a hosted Redis that has no such command.
    if (error instanceof RedisReplyError) return undefined
    throw error
  }
}

function versionProblem(info: unknown): string | undefined {
  const [, text, major, minor] = /redis_version:((\d+)\.(\d+)\S*)/.exec(String(info)) ?? []
  if (text === undefined || Number(major) > 6 || (Number(major) === 6 && Number(minor) >= 2)) return undefined
  return `is version ${text}, which is too old. Use Redis 6.2 or later, or Valkey.`
}

/** CONFIG GET answers a list of name and value. */
function policyOf(reply: unknown): string {
  return Array.isArray(reply) && typeof reply[1] === 'string' ? reply[1] : ''
}

function policyProblem(policy: string): string | undefined {
  if (!policy.startsWith('allkeys-')) return undefined
  return `has maxmemory-policy ${policy}, so it throws counters and limits away when it is full. Set maxmemory-policy to noeviction.`
}

function policyWarning(policy: string): string | undefined {
  if (!policy.startsWith('volatile-')) return undefined
  return `has maxmemory-policy ${policy}: when it is full it throws counters and limits away. Set maxmemory-policy to noeviction.`
}

function skewWarning(reply: unknown, nowMs: number): string | undefined {
  const seconds = Array.isArray(reply) ? Number(reply[0]) : Number.NaN
  const skewMs = seconds * 1000 - nowMs
  if (!(Math.abs(skewMs) > limits.clockSkewMaxMs)) return undefined
  return `has a clock that differs from this machine's by ${Math.round(Math.abs(skewMs) / 1000)} s. Set both by NTP.`
}
