// What the health endpoints ask.
import type { HealthCheck, HealthSource } from '../http/health-routes.ts'
import type { Get } from './parts.ts'
import { requestLogFigures } from './request-log.ts'

export function createHealthSource(get: Get): HealthSource {
  const lifecycle = get('lifecycle')
  return {
    phase: () =>
      lifecycle.isDraining && lifecycle.isRelieved !== true
        ? 'draining'
        : lifecycle.isListening && get('snapshot').current !== undefined
          ? 'ready'
          : 'starting',
    waitingFor: () => (get('snapshot').current === undefined ? waitingFor(get) : 'The listener is being opened.'),
    isDegraded: () => get('stores').fault() !== undefined || get('saver')?.failure !== undefined,
    checks: async () => {
      const { health } = get('live')
      await health.look()
      const dropped = get('logging').dropped()
      const snapshotFile = checkSnapshotFile(get)
      return {
        // Requests are served from memory all the same: that is degraded, not broken.
        ...Object.fromEntries([...health.health].map(([name, { isWell, detail }]) => [name, { status: isWell ? 'pass' : 'warn', detail } as const])),
        request_log: checkRequestLog(get),
        log: dropped === 0 ? pass() : { status: 'warn', detail: `${dropped} log lines were dropped` },
        replicas: { status: 'pass', detail: String(get('shared').replicas.count) },
        ...(snapshotFile === undefined ? {} : { snapshot_file: snapshotFile }),
      }
    },
  }
}

function waitingFor(get: Get): string {
  if (get('stores').link === undefined) return 'The configuration is being loaded.'
  const file = get('snapshotFile') === undefined ? 'the snapshot file is switched off' : 'there is no snapshot file to serve from'
  return `The database has not been reached since the start, and ${file}. It is tried again about every second.`
}

function checkRequestLog(get: Get): HealthCheck {
  const { dropped, sampling } = requestLogFigures(get('requestLog'))
  const sampled = sampling === 1 ? '' : `the log has reached LOG_MAX_BYTES: 1 in ${sampling} requests that went well gets a row`
  const lost = dropped === 0 ? '' : `${dropped} requests are missing in the log`
  const detail = [sampled, lost].filter((text) => text !== '').join('; ')
  return detail === '' ? pass() : { status: 'warn', detail }
}

function checkSnapshotFile(get: Get): HealthCheck | undefined {
  const saver = get('saver')
  if (saver === undefined) return undefined
  if (saver.failure !== undefined) return { status: 'warn', detail: `it cannot be written: ${saver.failure}` }
  if (saver.savedAtMs === undefined) return { status: 'warn', detail: 'not written since the start' }
  return { status: 'pass', detail: `saved ${new Date(saver.savedAtMs).toISOString()}` }
}

function pass(): HealthCheck {
  return { status: 'pass', detail: 'ok' }
}
