// Tries one key with the cheapest call its vendor knows, because a person asked.
import type { Adapter } from '../adapters/adapter.ts'
import type { Verdict } from '../domain/outcome.ts'
import { GatewayError } from '../errors.ts'
import { limits } from '../limits.ts'
import type { Clock } from '../ports/clock.ts'
import type { KeyProber, ProbeResult } from '../ports/live.ts'
import type { KeyPool } from '../services/key-pool.ts'
import type { PoolKey } from '../services/pool-key.ts'
import type { ConfigurationSnapshot } from '../services/snapshot.ts'
import { AttemptAborted, type AttemptController, type AttemptFailure, type AttemptHandler, failureOf, type UpstreamClient } from './attempt.ts'
import { withKey } from './credentials.ts'
import type { Destination, Destinations } from './destination.ts'
import { flatHeaders } from './headers.ts'
import { maskKey } from './mask-key.ts'
import { targetPath } from './target-url.ts'

export interface ProberDependencies {
  readonly snapshot: ConfigurationSnapshot
  readonly destinations: Destinations
  readonly client: UpstreamClient
  readonly clock: Clock
}

const TIMEOUT_MS = 15_000
const MESSAGE_CHARS_MAX = 300
const DEFAULT_PROBE: NonNullable<Adapter['probe']> = { method: 'GET', path: '/' }

interface Answer {
  readonly status: number
  readonly headers: readonly string[]
  readonly body: Buffer
}

export class UpstreamKeyProber implements KeyProber {
  readonly #dependencies: ProberDependencies

  constructor(dependencies: ProberDependencies) {
    this.#dependencies = dependencies
  }

  async probe(keyId: string): Promise<ProbeResult> {
    const { pool, key, destination } = this.#find(keyId)
    const { clock } = this.#dependencies
    const startedAtMs = clock.monotonicMs()
    pool.leaseForProbe(key)
    try {
      const answer = await this.#send(destination, key)
      const verdict = judge(destination.adapter, answer, clock.nowMs())
      pool.settle(key, verdict)
      const isOk = verdict.outcome === 'served' || verdict.outcome === 'request_rejected'
      return { ok: isOk, status: answer.status, latencyMs: clock.monotonicMs() - startedAtMs, reason: verdict.reason, message: isOk ? '' : textOf(answer, key) }
    } catch (error) {
      const failure = error instanceof NoAnswer ? error.failure : failureOf(error as Error, false)
      pool.settle(key, { outcome: 'upstream_failed', reason: failure.reason, isUnsent: failure.isUnsent })
      return { ok: false, status: undefined, latencyMs: clock.monotonicMs() - startedAtMs, reason: failure.reason, message: '' }
    }
  }

  #find(keyId: string): { pool: KeyPool; key: PoolKey; destination: Destination } {
    for (const { upstream, pool } of this.#dependencies.snapshot.current?.upstreams.values() ?? []) {
      const key = pool.keys.get(keyId)
      if (key !== undefined) return { pool, key, destination: this.#dependencies.destinations.of(upstream) }
    }
    throw new GatewayError('not_found', 'The key is not in force: it does not exist, or it cannot be decrypted.')
  }

  #send({ adapter, target: first, targets, balancer, upstream, connectMs }: Destination, key: PoolKey): Promise<Answer> {
    const target = (balancer && targets[balancer.findUsable(this.#dependencies.clock.monotonicMs())]) ?? first
    const probe = adapter.probe ?? DEFAULT_PROBE
    const required = [...adapter.requiredHeaders, ...(probe.headers ?? [])]
    const clean = { headers: required, query: '' }
    const { headers, query, body } = withKey(
      clean,
      upstream.keyPlacement,
      key.spec.value.reveal(),
      probe.body === undefined ? undefined : Buffer.from(probe.body),
    )
    const path = targetPath(target, probe.path, query, adapter.versionSegments)
    return new Promise((resolve, reject) => {
      const handler = new AnswerCollector(resolve, reject)
      this.#dependencies.client.dispatch(target, { method: probe.method, path, headers, body, connectMs, isFresh: false }, handler)
    })
  }
}

class NoAnswer extends Error {
  readonly failure: AttemptFailure

  constructor(failure: AttemptFailure) {
    super(failure.reason)
    this.failure = failure
  }
}

/** Collects a small answer; a long one is cut off, a late one given up. */
class AnswerCollector implements AttemptHandler {
  readonly #resolve: (answer: Answer) => void
  readonly #reject: (error: Error) => void
  readonly #chunks: Buffer[] = []
  readonly #timer: NodeJS.Timeout
  #controller: AttemptController | undefined
  #size = 0
  #isOver = false
  #status = 0
  #headers: string[] = []

  constructor(resolve: (answer: Answer) => void, reject: (error: Error) => void) {
    this.#resolve = resolve
    this.#reject = reject
    this.#timer = setTimeout(() => this.#giveUp(), TIMEOUT_MS)
  }

  onRequestStart(controller: AttemptController): void {
    this.#controller = controller
    if (this.#isOver) controller.abort(new AttemptAborted('internal', 'given up'))
  }

  onResponseStart(_controller: AttemptController, status: number, headers: Record<string, string | string[] | undefined>): void {
    this.#status = status
    this.#headers = flatHeaders(headers)
  }

  onResponseData(controller: AttemptController, chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#size += chunk.length
    if (this.#size <= limits.classifyBytesMax) return
    this.onResponseEnd()
    controller.abort(new AttemptAborted('internal', 'enough'))
  }

  onResponseEnd(): void {
    clearTimeout(this.#timer)
    this.#isOver = true
    this.#resolve({ status: this.#status, headers: this.#headers, body: Buffer.concat(this.#chunks) })
  }

  onResponseError(_controller: AttemptController | undefined, error: Error): void {
    clearTimeout(this.#timer)
    this.#isOver = true
    this.#reject(new NoAnswer(failureOf(error, this.#controller !== undefined)))
  }

  #giveUp(): void {
    const error = new AttemptAborted('upstream_timeout', 'timeout first_byte')
    this.#isOver = true
    this.#controller?.abort(error)
    this.#reject(error)
  }
}

function judge(adapter: Adapter, { status, headers, body }: Answer, nowMs: number): Verdict {
  if (status < 400) return { outcome: 'served', reason: String(status) }
  return adapter.classify({ status, headers }, body.toString('latin1'), nowMs)
}

/** The vendor's own words, short and without the key. */
function textOf({ body }: Answer, key: PoolKey): string {
  const text = maskKey(body, key.spec.value).toString('utf8')
  const message: unknown = /"message"\s*:\s*("(?:[^"\\]|\\.)*")/.exec(text)?.[1]
  try {
    if (typeof message === 'string') return (JSON.parse(message) as string).slice(0, MESSAGE_CHARS_MAX)
  } catch {
    // Not JSON after all: the raw text will do.
  }
  return text.replace(/\s+/g, ' ').trim().slice(0, MESSAGE_CHARS_MAX)
}
