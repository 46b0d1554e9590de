// The composition root: the only place that knows every implementation, and the only user of tsyringe.
import 'reflect-metadata'
import { container, type DependencyContainer, instanceCachingFactory } from 'tsyringe'
import type { Config } from './config.ts'
import type { DemoVendor } from './demo/demo-vendor.ts'
import { createDigester } from './infrastructure/crypto/digester.ts'
import { createPasswordHasher } from './infrastructure/crypto/password-hasher.ts'
import { createTokenSigner } from './infrastructure/crypto/token-signer.ts'
import type { Catalog } from './infrastructure/catalog.ts'
import { openCache, openJobSignals } from './infrastructure/factory.ts'
import type { Logging } from './infrastructure/logging/open-logging.ts'
import { openMetrics, type OpenMetrics, type Scrape } from './infrastructure/metrics/open-metrics.ts'
import type { Clock } from './ports/clock.ts'
import type { Random } from './ports/random.ts'
import { Arrival } from './wiring/arrival.ts'
import { registerBatches } from './wiring/batches.ts'
import { registerDataPlane } from './wiring/data-plane.ts'
import { registerHttp } from './wiring/http.ts'
import { registerLive } from './wiring/live.ts'
import { registerJobs } from './wiring/jobs.ts'
import { registerKeyRotation } from './wiring/key-rotation.ts'
import { registerServices } from './wiring/services.ts'
import { registerRequestLog } from './wiring/request-log.ts'
import { registerSharedState } from './wiring/shared-state.ts'
import { registerSpending } from './wiring/spending.ts'
import { type Parts, PART, type PartName } from './wiring/parts.ts'
import { Start } from './wiring/start.ts'
import { openStores } from './wiring/stores.ts'
import { openTraces } from './wiring/traces.ts'

export interface CompositionInput {
  readonly catalog: Catalog
  readonly config: Config
  readonly logging: Logging
  readonly clock: Clock
  readonly random: Random
  /** Folder with `page` and `swagger-ui`. */
  readonly assetsDir: string
  /** `tool` (the CLI) opens the stores beside a running server. */
  readonly role: 'server' | 'tool'
  /** How a worker process answers for all; undefined when this process is the only one. */
  readonly scrapeAll?: ((own: OpenMetrics) => Promise<Scrape>) | undefined
}

export interface Composition {
  /** Any part by its name; made when it is first asked for. */
  get<N extends PartName>(name: N): Parts[N]
  /** How a database server comes into force; undefined when the database is open from the beginning. */
  readonly arrival: Arrival | undefined
  /** The built-in vendor, while there is one. */
  demo(): DemoVendor | undefined
  /** Closes what was opened, last opened first. Idempotent. */
  close(): Promise<void>
}

/** Opens the stores and registers everything else. @throws StartupError */
export async function compose(input: CompositionInput): Promise<Composition> {
  const { catalog, config, logging, clock, random, role } = input
  const closers: (() => Promise<unknown> | void)[] = []
  const close = async (): Promise<void> => {
    for (let closer = closers.pop(); closer !== undefined; closer = closers.pop()) await closer()
  }
  try {
    const { openedMetrics, scrape } = openFigures(input)
    closers.push(() => openedMetrics.close())
    const { observeQuery, observeCommand } = openedMetrics
    const stores = await openStores({ catalog, config, clock, random, logger: logging.logger, role, observeQuery })
    const { store, events, vault } = stores
    closers.push(
      () => store.close(),
      () => events.close(),
    )
    const cache = await openCache(catalog, config.cacheUrl, { clock, random, logger: logging.logger, observeCommand })
    closers.push(() => cache.close())

    const registry = container.createChildContainer()
    const provide = <N extends PartName>(name: N, make: (get: Composition['get']) => Parts[N]): void => {
      registry.register(PART[name], { useFactory: instanceCachingFactory((own: DependencyContainer) => make((other) => own.resolve(PART[other]))) })
    }
    const get: Composition['get'] = (name) => registry.resolve(PART[name])
    // prettier-ignore
    const values = {
      config, role, clock, random, logging, logger: logging.logger,
      stores, store, events, vault, cache, openedMetrics, metrics: openedMetrics.metrics,
    }
    for (const [name, value] of Object.entries(values)) registry.register(PART[name as PartName], { useValue: value })
    provide('digester', () => createDigester(config.secrets.pepper))
    provide('hasher', () => createPasswordHasher())
    provide('signer', () => createTokenSigner(config.secrets.jwt, clock))
    provide('lifecycle', () => ({ isDraining: false, isListening: false, startedAtMs: clock.nowMs() }))
    provide('scrape', () => scrape)
    const providerOf = (slug: string): string | undefined => get('snapshot').current?.upstreams.get(slug)?.upstream.adapter
    const traces = role === 'server' ? await openTraces({ config, random, logger: logging.logger, providerOf }) : undefined
    closers.push(() => traces?.close())
    provide('traces', () => traces)
    const jobSignals = await openJobSignals(catalog, config.cacheUrl, { clock, random, logger: logging.logger })
    closers.push(() => jobSignals?.close())
    provide('assetsDir', () => input.assetsDir)
    registerServices(provide)
    registerSharedState(provide)
    registerLive(provide)
    registerRequestLog(provide)
    registerSpending(provide)
    registerDataPlane(provide)
    provide('jobSignals', () => jobSignals)
    registerJobs(provide)
    registerBatches(provide)
    registerKeyRotation(provide)
    registerHttp(provide)

    const start = new Start(get, closers)
    const arrival = stores.link === undefined ? undefined : new Arrival(start)
    if (stores.link !== undefined) stores.link.onReturn = () => void get('recorder').flush()
    await (arrival === undefined ? start.settle() : arrival.begin())
    if (role === 'server') {
      const watch = (): void => {
        get('shared').start()
        get('live').start()
        get('requestLog').keeper.start()
        void get('jobRunner').start()
      }
      if (arrival === undefined) watch()
      else void arrival.done.then(watch).catch(() => undefined)
      closers.push(
        // After everything that could still be told of an exchange.
        () => get('requestLog').keeper.stop(),
        () => get('requestLog').writer?.close(),
        () => get('client').close(),
        () => get('plainClient').close(),
        () => get('targetWatch').stop(),
        () => get('recorder').stop(),
        () => get('spending').stop(),
        () => get('saver')?.stop(),
        () => get('live').stop(),
        () => get('shared').stop(),
        () => arrival?.stop(),
        () => get('jobRunner').stop(),
      )
    }
    return { get, arrival, close, demo: () => start.demo }
  } catch (error) {
    await close()
    throw error
  }
}

/** This process's figures, and the answer to a scrape: a worker's primary knows what all have. */
function openFigures({ config, scrapeAll }: CompositionInput): { readonly openedMetrics: OpenMetrics; readonly scrape: () => Promise<Scrape> } {
  const about = { version: config.version, build: config.build, nodeVersion: process.versions.node }
  const openedMetrics = openMetrics(scrapeAll === undefined ? about : { ...about, crew: () => undefined })
  return { openedMetrics, scrape: () => scrapeAll?.(openedMetrics) ?? openedMetrics.render() }
}
