// Health: is the process alive, may it get traffic, what is it; details only for admins.
import { Router, type Request, type Response } from 'express'
import { createStreamCheck } from './stream-check.ts'

/** `starting`: the first configuration is not loaded or the listener not open; `draining`: shutting down. */
export type Phase = 'starting' | 'ready' | 'draining'

export interface HealthCheck {
  readonly status: 'pass' | 'warn' | 'fail'
  /** For people; no secrets. */
  readonly detail: string
}

export interface HealthSource {
  /** Without I/O. */
  phase(): Phase
  /** Why it is not ready yet, for people; no addresses, no secrets. Without I/O. */
  waitingFor(): string
  /** It serves although something is missing. Without I/O. */
  isDegraded(): boolean
  /** For admins: databases, cache, files. May do I/O; a rejection counts as one failed check. */
  checks(): Promise<Readonly<Record<string, HealthCheck>>>
}

export interface HealthRouteDependencies {
  readonly health: HealthSource
  readonly build: string
  readonly version: string
  /** Whether the request carries a valid sign-in of an admin; never throws. */
  readonly isAdmin: (request: Request) => Promise<boolean>
}

const NO_STORE = { 'cache-control': 'no-store' }

export function createHealthRoutes({ health, build, version, isAdmin }: HealthRouteDependencies): Router {
  const router = Router()
  const answerLive = (_request: Request, response: Response): void => void response.set(NO_STORE).json({ status: 'pass' })
  const answerReady = (_request: Request, response: Response): void => {
    const phase = health.phase()
    if (phase !== 'ready') response.set('retry-after', '1')
    const reason = phase === 'starting' ? { reason: health.waitingFor() } : {}
    response.status(phase === 'ready' ? 200 : 503).set(NO_STORE).json({ status: phase === 'ready' ? 'pass' : 'fail', phase, ...reason }) // prettier-ignore
  }
  router.get(['/health/live', '/livez'], answerLive)
  router.get(['/health/ready', '/readyz'], answerReady)
  router.get('/health/startup', (_request, response) => {
    const isStarted = health.phase() !== 'starting'
    response.status(isStarted ? 200 : 503).set(NO_STORE).json({ status: isStarted ? 'pass' : 'fail' }) // prettier-ignore
  })
  router.get('/health/stream', createStreamCheck())
  router.get('/health/ping', (_request, response) => void response.set(NO_STORE).json({ message: 'pong' }))
  router.get(['/health', '/healthz'], async (request, response) => {
    const phase = health.phase()
    const summary = { status: phase !== 'ready' ? 'fail' : health.isDegraded() ? 'warn' : 'pass', phase } as const
    if (!(await isAdmin(request))) {
      response.status(phase === 'ready' ? 200 : 503).set(NO_STORE).json(summary) // prettier-ignore
      return
    }
    const checks = await runChecks(health)
    const worst = Object.values(checks).reduce((status, check) => worse(status, check.status), summary.status)
    response.status(phase === 'ready' ? 200 : 503).set(NO_STORE).json({ status: worst, phase, build, version, checks }) // prettier-ignore
  })
  return router
}

async function runChecks(health: HealthSource): Promise<Readonly<Record<string, HealthCheck>>> {
  try {
    return await health.checks()
  } catch {
    return { checks: { status: 'fail', detail: 'The checks themselves failed; see the log.' } }
  }
}

function worse(a: HealthCheck['status'], b: HealthCheck['status']): HealthCheck['status'] {
  const order: readonly HealthCheck['status'][] = ['pass', 'warn', 'fail']
  return order.indexOf(a) >= order.indexOf(b) ? a : b
}
