// The composition root: the only place that knows every implementation, and the only user of tsyringe.
import 'reflect-metadata'
import { container, type DependencyContainer, instanceCachingFactory } from 'tsyringe'
import type { Config } from './config.ts'
import { DEMO_HOST, openDemoVendor, type DemoVendor } from './demo/demo-vendor.ts'
import { createDigester } from './infrastructure/crypto/digester.ts'
import { openKeyVault } from './infrastructure/crypto/open-key-vault.ts'
import { createPasswordHasher } from './infrastructure/crypto/password-hasher.ts'
import { createTokenSigner } from './infrastructure/crypto/token-signer.ts'
import type { Catalog } from './infrastructure/catalog.ts'
import { openCache, openDatabase } from './infrastructure/factory.ts'
import type { Logging } from './infrastructure/logging/open-logging.ts'
import { openMetrics } from './infrastructure/metrics/open-metrics.ts'
import type { Clock } from './ports/clock.ts'
import type { Random } from './ports/random.ts'
import { registerDataPlane } from './wiring/data-plane.ts'
import { registerHttp } from './wiring/http.ts'
import { registerServices } from './wiring/services.ts'
import { type Parts, PART, type PartName } from './wiring/parts.ts'

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
}

export interface Composition {
  /** Any part by its name; made when it is first asked for. */
  get<N extends PartName>(name: N): Parts[N]
  readonly demo: DemoVendor | undefined
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
    const { store, events } = await openDatabase(catalog, config.databaseUrl, { clock, role, logger: logging.logger })
    closers.push(
      () => store.close(),
      () => events.close(),
    )
    const vault = await openKeyVault({ store, encryption: config.secrets.encryption, random, place: config.dataDir })
    const cache = await openCache(catalog, config.cacheUrl, { clock, random, logger: logging.logger })
    closers.push(() => cache.close())
    const openedMetrics = openMetrics({ version: config.version, build: config.build, nodeVersion: process.versions.node })
    closers.push(() => openedMetrics.close())

    const registry = container.createChildContainer()
    const provide = <N extends PartName>(name: N, make: (get: Composition['get']) => Parts[N]): void => {
      registry.register(PART[name], { useFactory: instanceCachingFactory((own: DependencyContainer) => make((other) => own.resolve(PART[other]))) })
    }
    const get: Composition['get'] = (name) => registry.resolve(PART[name])
    const values = { config, clock, random, logging, logger: logging.logger, store, events, vault, cache, openedMetrics, metrics: openedMetrics.metrics }
    for (const [name, value] of Object.entries(values)) registry.register(PART[name as PartName], { useValue: value })
    provide('digester', () => createDigester(config.secrets.pepper))
    provide('hasher', () => createPasswordHasher())
    provide('signer', () => createTokenSigner(config.secrets.jwt, clock))
    provide('lifecycle', () => ({ isDraining: false, isListening: false, startedAtMs: clock.nowMs() }))
    provide('assetsDir', () => input.assetsDir)
    registerServices(provide)
    registerDataPlane(provide)
    registerHttp(provide)

    const demo = role === 'server' ? await prepareUpstreams(get, closers) : undefined
    await get('snapshot').refresh()
    if (role === 'server') {
      get('snapshot').watch()
      closers.push(
        () => get('client').close(),
        () => get('recorder').stop(),
        () => get('snapshot').stop(),
      )
    }
    return { get, demo, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** First admin, upstreams from the environment, and the demo while it is wanted. */
async function prepareUpstreams(get: Composition['get'], closers: (() => Promise<unknown> | void)[]): Promise<DemoVendor | undefined> {
  const config = get('config')
  const { setup } = get('management')
  if (config.adminPassword !== undefined) await setup.createFirstAdmin(config.adminUsername, config.adminPassword)
  await get('firstBoot').seed(config.seedUpstreams)
  const isDemoOn = config.demoMode === 'on' || (config.demoMode === 'auto' && (await setup.isOpen()))
  const demo = isDemoOn ? await openDemoVendor() : undefined
  if (demo !== undefined) {
    closers.push(() => demo.close())
    get('lifecycle').demoPort = demo.port
  }
  await get('firstBoot').arrangeDemo(demo === undefined ? undefined : `http://${DEMO_HOST}`)
  return demo
}
