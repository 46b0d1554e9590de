// A gateway in front of the scripted upstream, for tests that use the vendors' own SDKs as clients.
import { readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, expect } from '@jest/globals'
import { ChaosUpstream } from '../support/chaos-upstream.ts'
import type { ChaosExchange } from '../support/chaos/exchange.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'

export const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
export const WRONG_KEY = 'wrong-key-0123456789'

export class SdkFixture {
  readonly chaos = new ChaosUpstream()
  /** The key of the pools `vendor` and `recorded`. */
  readonly key: string
  readonly #adapter: string
  readonly #limitedKey: string
  #gateway: Gateway | undefined

  /** @param keys one for the pools that work, one that the vendor always limits */
  constructor(adapter: string, keys: readonly [string, string]) {
    this.#adapter = adapter
    ;[this.key, this.#limitedKey] = keys
  }

  get clientKey(): string {
    return (this.#gateway as Gateway).clientKey
  }

  /** @param slug `vendor`, `recorded` (answers are recorded streams) or `limited` */
  url(slug = 'vendor'): string {
    return `${(this.#gateway as Gateway).url}/llm/${slug}`
  }

  async open(): Promise<void> {
    await this.chaos.listen()
    const adapter = this.#adapter
    this.#gateway = await startGateway({
      upstreams: [
        { slug: 'vendor', base_url: this.chaos.url, adapter, keys: [this.key] },
        { slug: 'recorded', base_url: `${this.chaos.url}/recorded`, adapter, keys: [this.key] },
        { slug: 'limited', base_url: this.chaos.url, adapter, keys: [this.#limitedKey] },
      ],
    })
    this.chaos.script(this.#limitedKey, { status: 429, retryAfter: 40, body: { error: { message: 'slow down', type: 'rate_limit_error' } } })
  }

  async close(): Promise<void> {
    await this.#gateway?.close()
    await this.chaos.close()
  }

  /** Whatever a test did: the client's key never left the gateway, and the pool's key arrived exactly once. */
  expectKeysKept(): void {
    expect(this.chaos.ledger.entries.length).toBeGreaterThan(0)
    for (const entry of this.chaos.ledger.entries) {
      expect(entry.rawHead).not.toContain(this.clientKey)
      expect(entry.body.toString('latin1')).not.toContain(this.clientKey)
      expect(entry.credentials).toHaveLength(1)
    }
  }

  /** Serves a recorded stream at a path. */
  record(path: string, file: string): void {
    const bytes = readFileSync(new URL(`../fixtures/${file}`, import.meta.url))
    this.chaos.handle(path, (exchange: ChaosExchange) => {
      exchange.startChunked(200, 'text/event-stream')
      exchange.chunk(bytes)
      exchange.endChunked()
    })
  }
}

export function useSdkFixture(adapter: string, keys: readonly [string, string]): SdkFixture {
  const fixture = new SdkFixture(adapter, keys)
  beforeAll(() => fixture.open())
  afterEach(() => fixture.expectKeysKept())
  afterAll(() => fixture.close())
  return fixture
}

export async function rejection(work: PromiseLike<unknown>): Promise<unknown> {
  return Promise.resolve(work).then(
    (value) => {
      throw new Error(`expected an error, got ${JSON.stringify(value)}`)
    },
    (error: unknown) => error,
  )
}

export async function collect<T>(stream: AsyncIterable<T>): Promise<{ chunks: T[]; error: unknown }> {
  const chunks: T[] = []
  try {
    for await (const chunk of stream) chunks.push(chunk)
  } catch (error) {
    return { chunks, error }
  }
  return { chunks, error: undefined }
}
