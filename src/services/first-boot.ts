// Upstreams that nobody typed: the demo's, and those that the environment names at the first start.
import { createId } from '../domain/id.ts'
import type { Secret } from '../domain/secret.ts'
import type { Upstream } from '../domain/upstream.ts'
import type { AdapterFacts } from '../domain/adapter-facts.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import type { Store } from '../ports/store.ts'
import { type KeySealing, sealKey } from './key-entry.ts'

export interface FirstBootDependencies {
  readonly store: Store
  readonly sealing: KeySealing
  readonly findAdapter: (name: string) => AdapterFacts | undefined
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly maxAttempts: number
  readonly demoKeys: readonly Secret[]
}

interface Wanted {
  readonly slug: string
  readonly name: string
  readonly adapter: string
  readonly url: string
  readonly keys: readonly Secret[]
  readonly managedBy: 'environment' | 'demo'
}

export const DEMO_SLUGS = ['demo', 'demo-anthropic', 'demo-gemini', 'demo-rest'] as const
const DEMO_ADAPTERS: Readonly<Record<(typeof DEMO_SLUGS)[number], string>> = {
  demo: 'openai',
  'demo-anthropic': 'anthropic',
  'demo-gemini': 'gemini',
  'demo-rest': 'generic',
}

export class FirstBoot {
  readonly #dependencies: FirstBootDependencies

  constructor(dependencies: FirstBootDependencies) {
    this.#dependencies = dependencies
  }

  /** Creates each upstream whose slug does not exist yet; later starts leave it to the people. */
  async seed(upstreams: readonly { readonly adapter: string; readonly keys: readonly Secret[] }[]): Promise<void> {
    for (const { adapter, keys } of upstreams) {
      const facts = this.#dependencies.findAdapter(adapter)
      if (facts?.defaultBaseUrl === undefined || keys.length === 0) continue
      await this.#createIfAbsent({ slug: adapter, name: facts.title, adapter, url: facts.defaultBaseUrl, keys, managedBy: 'environment' })
    }
  }

  /** Puts the demo upstreams in place at `url`, or takes them out of use when it is undefined. */
  async arrangeDemo(url: string | undefined): Promise<void> {
    const { store, clock, demoKeys: keys } = this.#dependencies
    for (const slug of DEMO_SLUGS) {
      const existing = await store.upstreams.findBySlug(slug)
      if (existing === undefined) {
        if (url !== undefined)
          await this.#createIfAbsent({ slug, name: `Demo (${DEMO_ADAPTERS[slug]})`, adapter: DEMO_ADAPTERS[slug], url, keys, managedBy: 'demo' })
      } else if (existing.managedBy === 'demo' && (existing.enabled !== (url !== undefined) || (url !== undefined && existing.targets[0]?.url !== url))) {
        const targets = url === undefined ? existing.targets : [{ url, weight: 1 }]
        const updated = { ...existing, targets, enabled: url !== undefined, updatedAtMs: clock.nowMs() }
        await store.transaction(async ({ upstreams, settings }) => {
          await upstreams.update(updated)
          await settings.bumpConfigVersion()
        })
      }
    }
  }

  async #createIfAbsent(wanted: Wanted): Promise<void> {
    const { store, clock, random, sealing, findAdapter, logger } = this.#dependencies
    const facts = findAdapter(wanted.adapter)
    if (facts === undefined || (await store.upstreams.findBySlug(wanted.slug)) !== undefined) return
    const nowMs = clock.nowMs()
    const upstream: Upstream = {
      id: createId('ups', nowMs, random.bytes(10)),
      slug: wanted.slug,
      name: wanted.name,
      kind: facts.kind,
      adapter: facts.name,
      targets: [{ url: wanted.url, weight: 1 }],
      balance: 'round_robin',
      healthCheck: undefined,
      circuitBreaker: undefined,
      keyPlacement: facts.keyPlacement,
      enabled: true,
      strategy: 'round_robin',
      maxAttempts: this.#dependencies.maxAttempts,
      timeouts: {},
      retryAmbiguous: false,
      managedBy: wanted.managedBy,
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
    }
    const unique = [...new Map(wanted.keys.map((key) => [key.reveal(), key])).values()]
    const keys = unique.map((value, index) =>
      sealKey(
        { value: value.reveal(), label: `${wanted.slug} ${index + 1}`, weight: 1, tier: 0, quotaGroup: '', limits: {}, enabled: true },
        upstream,
        'gateway',
        sealing,
        index,
      ),
    )
    await store.transaction(async (repositories) => {
      await repositories.upstreams.insert(upstream)
      await repositories.keys.insertMany(keys)
      await repositories.settings.bumpConfigVersion()
    })
    logger.info('upstream.created', `Created the upstream ${wanted.slug} with ${keys.length} keys`, { upstream: wanted.slug })
  }
}
