// What the status asks of this process.
import type { LiveStatus } from '../http/management/status-routes.ts'
import { KEY_STATES, type KeyState } from '../domain/upstream-key.ts'
import type { Get } from './parts.ts'

export function createLiveStatus(get: Get): LiveStatus {
  const { stats, health, hub } = get('live')
  return {
    replicas: () => get('shared').replicas.list,
    configVersion: () => get('snapshot').current?.version,
    keysByState: () => {
      const counts = Object.fromEntries(KEY_STATES.map((state) => [state, 0])) as Record<KeyState, number>
      for (const pool of get('snapshot').pools) for (const [state, count] of Object.entries(pool.countByState())) counts[state as KeyState] += count
      return counts
    },
    inFlight: () => {
      const webSockets = get('openedMetrics').webSocketsOpen()
      return { requests: Math.max(0, get('dataPlane').inFlight - webSockets), webSockets, listeners: hub.size }
    },
    queues: () => ({ log_lines: get('logging').waiting(), ...get('recorder').waiting() }),
    rates: () => stats.rates(),
    health: () => health.health,
    recentErrors: () => get('logging').recentErrors(),
  }
}
