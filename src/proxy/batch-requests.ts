// Sends the lines of batches through the data plane: the same keys, limits, retries and records as of any request, at a lower priority.
import { headerValue } from '../domain/message.ts'
import { GatewayError } from '../errors.ts'
import { limits } from '../limits.ts'
import type { BatchSender, LineAnswer, LineRequest } from '../ports/batch-sender.ts'
import type { LiveClientKey, Snapshot } from '../services/snapshot.ts'
import type { DataPlane } from './data-plane.ts'
import type { DataPlaneOptions } from './data-plane-dependencies.ts'
import { memberText, withMember } from './json-member.ts'
import { AnswerCollector, type CollectedAnswer, createOwnRequest } from './own-request.ts'

export interface BatchRequestsDependencies extends Pick<DataPlaneOptions, 'snapshot' | 'auth' | 'requestIds' | 'clock' | 'exchangesMax'> {
  readonly dataPlane: Pick<DataPlane, 'begin' | 'assertOpen' | 'inFlight'>
}

export class BatchRequests implements BatchSender {
  readonly #dependencies: BatchRequestsDependencies

  constructor(dependencies: BatchRequestsDependencies) {
    this.#dependencies = dependencies
  }

  room(slug: string): number {
    const { snapshot, dataPlane, exchangesMax } = this.#dependencies
    const entry = snapshot.current?.upstreams.get(slug)
    if (entry === undefined || dataPlane.inFlight >= exchangesMax * limits.batchLoadShareMax) return 0
    // Half of the keys at most: whoever calls meanwhile finds one.
    return Math.ceil(entry.pool.usableCount / 2)
  }

  usable(owner: string, slugs: Iterable<string>): ReadonlySet<string> {
    const snapshot = this.#snapshot()
    const { upstreams } = this.#owner(snapshot, owner)
    const found = new Set<string>()
    for (const slug of slugs) {
      const upstream = snapshot.upstreams.get(slug)?.upstream
      if (upstream?.kind === 'llm' && upstream.enabled && upstreams?.includes(slug) !== false) found.add(slug)
    }
    return found
  }

  async send({ owner, target, line }: LineRequest, signal: AbortSignal): Promise<LineAnswer> {
    const { dataPlane, requestIds, clock } = this.#dependencies
    signal.throwIfAborted()
    dataPlane.assertOpen()
    const onBehalfOf = this.#owner(this.#snapshot(), owner)
    const { slug, rest } = target
    const { request, head } = createOwnRequest(`/llm/${slug}${rest}`, bodyOf(line, target.model))
    const collector = new AnswerCollector(limits.batchAnswerBytesMax)
    const requestId = requestIds.idFor(undefined)
    const startedAtMs = clock.monotonicMs()
    const leave = (): void => void collector.destroy()
    signal.addEventListener('abort', leave)
    try {
      dataPlane.begin({ request, response: collector.response, head, kind: 'llm', slug, rest, query: '', requestId, startedAtMs, onBehalfOf })
      const answer = await collector.answer
      if (!answer.isWhole) signal.throwIfAborted()
      return render(answer, requestId)
    } finally {
      signal.removeEventListener('abort', leave)
    }
  }

  #snapshot(): Snapshot {
    const snapshot = this.#dependencies.snapshot.current
    if (snapshot === undefined) throw new GatewayError('degraded', 'The gateway has not loaded its configuration yet.', { retryAfterMs: 1_000 })
    return snapshot
  }

  /** @throws GatewayError when the key may not be used any more */
  #owner(snapshot: Snapshot, owner: string): LiveClientKey {
    const { auth } = this.#dependencies
    const key = auth.findOwner(snapshot, owner)
    if (key === undefined) throw new GatewayError('invalid_client_key', 'The client key that the batch was made with does not exist any more.')
    auth.assertUsable(key)
    return key
  }
}

function bodyOf(line: string, model: string | undefined): Buffer {
  const body = Buffer.from(memberText(Buffer.from(line), 'body') ?? '{}')
  return model === undefined ? body : withMember(body, 'model', model)
}

function render({ status, headers, body, isWhole }: CollectedAnswer, requestId: string): LineAnswer {
  const retryAfterS = Number(headerValue(headers, 'retry-after') ?? NaN)
  return {
    status,
    requestId,
    body: oneLine(body),
    gatewayCode: headerValue(headers, 'x-gateway-error'),
    retryAfterMs: Number.isFinite(retryAfterS) ? retryAfterS * 1_000 : undefined,
    isCut: !isWhole,
  }
}

/** Line breaks inside JSON are only white space, so no value changes. */
function oneLine(body: Buffer): string {
  const text = body.toString('utf8')
  try {
    JSON.parse(text)
    return text.replaceAll(/[\r\n]+/g, ' ').trim()
  } catch {
    return JSON.stringify(text)
  }
}
