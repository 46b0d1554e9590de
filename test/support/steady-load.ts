// Owns a load that goes on until it is told to stop: each connection is one client that sends the next request when the last is answered.
import { LoadConnection } from './load-connection.ts'

export interface SteadyFailure {
  readonly connection: number
  readonly requestId: string
  readonly what: string
}

export interface SteadyLoadPlan {
  readonly port: number
  readonly connections: number
  /** ms between an answer and the next request of the same client. Default 0. */
  readonly pauseMs?: number
  /** Text of a request; its id comes back in the body of the answer. */
  readonly text: (requestId: string) => string
}

export class SteadyLoad {
  readonly failures: SteadyFailure[] = []
  sent = 0
  answered = 0
  /** Last request that was answered, by connection. */
  readonly lastAnswered = new Map<number, string>()
  readonly #plan: SteadyLoadPlan
  readonly #clients: Promise<void>[]
  #isOver = false

  constructor(plan: SteadyLoadPlan) {
    this.#plan = plan
    this.#clients = Array.from({ length: plan.connections }, (_, connection) => this.#run(connection))
  }

  /** Resolves when so many were answered. */
  async untilAnswered(count: number): Promise<void> {
    while (this.answered < count && !this.#isOver) await new Promise((resolve) => setTimeout(resolve, 20))
  }

  /** Resolves when every request has its answer. */
  async stop(): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#clients)
  }

  async #run(connection: number): Promise<void> {
    const client = new LoadConnection({ port: this.#plan.port })
    for (let count = 0; !this.#isOver; count++) {
      const requestId = `client-${connection}-${String(count).padStart(6, '0')}`
      this.sent++
      const result = await client.send({ text: this.#plan.text(requestId), nonce: requestId })
      if (typeof result !== 'string' && result.status === 200 && result.body.includes(requestId)) {
        this.answered++
        this.lastAnswered.set(connection, requestId)
      } else {
        const what = typeof result === 'string' ? result : `${result.status} ${result.body.toString('latin1', 0, 200)}`
        this.failures.push({ connection, requestId, what })
      }
      if (this.#plan.pauseMs !== undefined) await new Promise((resolve) => setTimeout(resolve, this.#plan.pauseMs))
    }
    client.close()
  }
}
