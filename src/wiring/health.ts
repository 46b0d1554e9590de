// What the health endpoints ask.
import type { HealthCheck, HealthSource } from '../http/health-routes.ts'
import type { Get } from './parts.ts'

export function createHealthSource(get: Get): HealthSource {
  const lifecycle = get('lifecycle')
  return {
    phase: () => (lifecycle.isDraining ? 'draining' : lifecycle.isListening && get('snapshot').current !== undefined ? 'ready' : 'starting'),
    checks: async () => ({
      database: await check(() => get('store').ping()),
      cache: await check(() => get('cache').ping()),
      log: get('logging').dropped() === 0 ? pass() : { status: 'warn', detail: `${get('logging').dropped()} log lines were dropped` },
    }),
  }
}

async function check(ping: () => Promise<void>): Promise<HealthCheck> {
  try {
    await ping()
    return pass()
  } catch (error) {
    return { status: 'fail', detail: error instanceof Error ? error.message : String(error) }
  }
}

function pass(): HealthCheck {
  return { status: 'pass', detail: 'ok' }
}
