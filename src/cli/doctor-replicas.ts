// The doctor listens to what replicas tell each other: how many there are, which versions, whose clock is wrong. It says nothing itself.
import type { Broadcast, Cache } from '../ports/cache.ts'
import { systemClock } from '../infrastructure/system.ts'
import { limits } from '../limits.ts'
import { TOPICS } from '../services/cache-names.ts'
import { fail, type Finding, pass, warn } from './doctor-finding.ts'

/** A bit more than one heartbeat. */
const LISTEN_MS = 2_500

interface Heard {
  readonly version: string
  /** Its clock minus ours, ms; undefined from a version that does not tell. */
  readonly offsetMs: number | undefined
}

export async function checkReplicas(cache: Cache): Promise<Finding[]> {
  if (!('publish' in cache)) return []
  const heard = await listen(cache as Cache & Broadcast)
  const name = 'replicas'
  if (heard.size === 0)
    return [warn(name, 'no process of this gateway is heard through the cache: start one, or check that all use the same REDIS_URL and REDIS_KEY_PREFIX')]
  const versions = [...new Set([...heard.values()].map(({ version }) => version))]
  const offsets = [...heard.values()].flatMap(({ offsetMs }) => (offsetMs === undefined ? [] : [offsetMs]))
  const skewMs = offsets.length === 0 ? 0 : Math.max(...offsets, 0) - Math.min(...offsets, 0)
  const findings = [pass(name, `${heard.size} processes heard, version ${versions.join(' and ')}, clocks within ${Math.round(skewMs)} ms`)]
  if (versions.length > 1) findings.push(warn(name, `there are ${versions.length} versions: finish the update`))
  if (skewMs > limits.clockSkewMaxMs)
    findings.push(fail('clock', `the clocks of the replicas and this machine differ by ${Math.round(skewMs / 1_000)} s. Set all by NTP.`))
  return findings
}

async function listen(cache: Broadcast): Promise<ReadonlyMap<string, Heard>> {
  const heard = new Map<string, Heard>()
  const stop = cache.subscribe(
    TOPICS.replicas,
    (message) => {
      try {
        const { id, version, nowMs, leaves } = JSON.parse(message) as Record<string, unknown>
        if (typeof id !== 'string' || typeof version !== 'string') return
        if (leaves === true) return void heard.delete(id)
        heard.set(id, { version: version.slice(0, 64), offsetMs: typeof nowMs === 'number' ? nowMs - systemClock.nowMs() : undefined })
      } catch {
        // Not a heartbeat.
      }
    },
    () => {},
  )
  await new Promise((resolve) => setTimeout(resolve, LISTEN_MS))
  stop()
  return heard
}
