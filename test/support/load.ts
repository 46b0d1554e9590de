// Owns the load that exactness tests apply: every request has a nonce, every outcome is classified, nothing is retried.
import { LoadConnection, type LoadAnswer, type LoadDestination, type LoadRequest } from './load-connection.ts'

export type { LoadAnswer, LoadRequest }

/** `ok` and `aborted` are as intended; the others are failures. */
export type LoadOutcome = 'ok' | 'aborted' | 'wrong-status' | 'wrong-body' | 'connection-error' | 'timeout'

export interface LoadReport {
  readonly sent: number
  readonly counts: Readonly<Record<LoadOutcome, number>>
  readonly byStatus: ReadonlyMap<number, number>
  readonly failed: number
  /** The first failures, for the assertion message. */
  readonly failures: readonly string[]
  readonly durationMs: number
  /** Latency in ms of finished requests at a quantile 0…1. */
  quantileMs(q: number): number
}

export interface LoadPlan extends LoadDestination {
  /** Called once per request. */
  readonly request: (index: number) => LoadRequest
  /** undefined = fine, otherwise what is wrong. Default: status 200 and the nonce inside the body. */
  readonly check?: (answer: LoadAnswer, request: LoadRequest) => LoadOutcome
}

const checkNonce = (answer: LoadAnswer, request: LoadRequest): LoadOutcome => {
  if (answer.status !== 200) return 'wrong-status'
  return answer.body.includes(request.nonce) ? 'ok' : 'wrong-body'
}

class Tally {
  readonly counts: Record<LoadOutcome, number> = { ok: 0, aborted: 0, 'wrong-status': 0, 'wrong-body': 0, 'connection-error': 0, timeout: 0 }
  readonly byStatus = new Map<number, number>()
  readonly failures: string[] = []
  readonly latencies: number[] = []
  sent = 0

  async run(connection: LoadConnection, plan: LoadPlan): Promise<void> {
    const request = plan.request(this.sent++)
    const startedAtMs = performance.now()
    const result = await connection.send(request)
    let outcome: LoadOutcome
    if (typeof result === 'string') outcome = result === 'aborted' || result === 'timeout' ? result : 'connection-error'
    else {
      this.latencies.push(performance.now() - startedAtMs)
      this.byStatus.set(result.status, (this.byStatus.get(result.status) ?? 0) + 1)
      outcome = (plan.check ?? checkNonce)(result, request)
    }
    this.counts[outcome]++
    if (outcome === 'ok' || outcome === 'aborted' || this.failures.length >= 10) return
    const what = typeof result === 'string' ? result : `${result.status} ${result.body.toString('latin1', 0, 200)}`
    this.failures.push(`${outcome}: ${request.nonce}: ${what}`)
  }

  report(startedAtMs: number): LoadReport {
    const sorted = this.latencies.sort((a, b) => a - b)
    return {
      sent: this.sent,
      counts: this.counts,
      byStatus: this.byStatus,
      failed: this.sent - this.counts.ok - this.counts.aborted,
      failures: this.failures,
      durationMs: performance.now() - startedAtMs,
      quantileMs: (q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0,
    }
  }
}

/** `connections` clients, each sending the next request when the last is answered. */
export async function runClosedLoop(plan: LoadPlan & { readonly connections: number; readonly total: number }): Promise<LoadReport> {
  const tally = new Tally()
  const startedAtMs = performance.now()
  const worker = async (): Promise<void> => {
    const connection = new LoadConnection(plan)
    while (tally.sent < plan.total) await tally.run(connection, plan)
    connection.close()
  }
  await Promise.all(Array.from({ length: Math.min(plan.connections, plan.total) }, worker))
  return tally.report(startedAtMs)
}

/** A fixed schedule of `rate` requests per second whatever the answers do, until the time is over or the signal fires. */
export async function runOpenLoop(plan: LoadPlan & { readonly rate: number; readonly durationMs: number; readonly signal?: AbortSignal }): Promise<LoadReport> {
  const tally = new Tally()
  const idle: LoadConnection[] = []
  const running = new Set<Promise<void>>()
  const startedAtMs = performance.now()
  const total = Math.round((plan.rate * plan.durationMs) / 1000)
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const due = Math.min(total, Math.floor(((performance.now() - startedAtMs) * plan.rate) / 1000))
      while (tally.sent < due && plan.signal?.aborted !== true) {
        const connection = idle.pop() ?? new LoadConnection(plan)
        const one = tally.run(connection, plan).then(() => {
          idle.push(connection)
          running.delete(one)
        })
        running.add(one)
      }
      if (tally.sent < total && plan.signal?.aborted !== true) return
      clearInterval(timer)
      resolve()
    }, 2)
  })
  await Promise.all(running)
  for (const connection of idle) connection.close()
  return tally.report(startedAtMs)
}
