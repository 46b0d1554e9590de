// Wires the services: the snapshot, what is recorded about keys, and what people may do.
import { join } from 'node:path'
import { ADAPTERS, findAdapter } from '../adapters/index.ts'
import { createTargetPolicy } from '../domain/target-policy.ts'
import { createAuditScope } from '../infrastructure/audit-scope.ts'
import { createSnapshotFile } from '../infrastructure/snapshot-file.ts'
import type { SnapshotFile } from '../ports/snapshot-file.ts'
import { createDemoClientKey, createGlobalClientKeys } from '../services/built-in-client-keys.ts'
import { DEMO_SLUGS, FirstBoot } from '../services/first-boot.ts'
import { KeyStateRecorder } from '../services/key-state-recorder.ts'
import { inForceNews, transitionNews } from '../services/live/live-news.ts'
import { createManagementServices } from '../services/management.ts'
import { ConfigurationSnapshot } from '../services/snapshot.ts'
import { SnapshotSaver } from '../services/snapshot-saver.ts'
import { DEMO_KEYS } from '../demo/demo-vendor.ts'
import type { Get, Provide } from './parts.ts'
import { VAULT_SETTINGS } from './stores.ts'

export function registerServices(provide: Provide): void {
  provide('recorder', (get) => new KeyStateRecorder({ store: get('store'), events: get('events'), logger: get('logger'), metrics: get('metrics') }))
  provide('snapshot', createSnapshot)
  provide('snapshotFile', createFile)
  provide('saver', createSaver)
  provide('management', (get) =>
    createManagementServices({
      store: get('store'),
      events: get('events'),
      clock: get('clock'),
      random: get('random'),
      vault: get('vault'),
      digester: get('digester'),
      hasher: get('hasher'),
      signer: get('signer'),
      live: get('snapshot'),
      liveKeys: get('snapshot'),
      prober: get('prober'),
      targetPolicy: createTargetPolicy({ allowPrivate: get('config').allowPrivateUpstreams }),
      adapters: ADAPTERS,
      maxAttempts: get('config').maxAttempts,
      logger: get('logger'),
      metrics: get('metrics'),
      auditScope: createAuditScope(),
      levels: {
        level: () => get('logging').level(),
        setLevel: (level) => get('logging').setLevel(level),
        configured: get('config').logLevel,
      },
      itself: get('role') === 'tool' ? 'command line' : 'gateway',
      announce: (version) => get('shared').configuration.announce(version),
      feed: get('live').hub,
    }),
  )
  provide('firstBoot', (get) => {
    const { vault, digester, clock, random } = { vault: get('vault'), digester: get('digester'), clock: get('clock'), random: get('random') }
    return new FirstBoot({
      store: get('store'),
      sealing: { vault, digester, clock, random, findAdapter },
      findAdapter,
      clock,
      random,
      logger: get('logger'),
      maxAttempts: get('config').maxAttempts,
      demoKeys: DEMO_KEYS,
    })
  })
}

function createFile(get: Get): SnapshotFile | undefined {
  const { dataDir, snapshotFile, secrets } = get('config')
  if (!snapshotFile || get('stores').link === undefined) return undefined
  return createSnapshotFile({ path: join(dataDir, 'snapshot.bin'), encryption: secrets.encryption, previous: secrets.previousEncryption, clock: get('clock'), random: get('random') })
}

function createSaver(get: Get): SnapshotSaver | undefined {
  const file = get('snapshotFile')
  if (file === undefined) return undefined
  return new SnapshotSaver({ file, store: get('store'), vaultSettings: VAULT_SETTINGS, clock: get('clock'), logger: get('logger') })
}

function createSnapshot(get: Get): ConfigurationSnapshot {
  const config = get('config')
  const digester = get('digester')
  const nowMs = get('clock').nowMs()
  const globalKeys = createGlobalClientKeys(config.globalClientKeys, digester, nowMs)
  const recorder = get('recorder')
  const demoKey = createDemoClientKey(DEMO_SLUGS, digester, nowMs)
  return new ConfigurationSnapshot({
    store: get('store'),
    vault: get('vault'),
    clock: get('clock'),
    logger: get('logger'),
    metrics: get('metrics'),
    refreshVault: () => get('stores').refreshVault(),
    onLoaded: (version) => {
      get('saver')?.changed(version)
      get('live').hub.publish(inForceNews(version, get('clock').nowMs()))
    },
    onInForce: () => {
      if (get('role') !== 'server') return
      void get('management').settings.follow(get('snapshot').current?.version ?? 0)
      get('targetWatch').follow()
      get('routeDestinations').follow(get('snapshot').routes)
      get('dataPlane').configurationChanged()
    },
    pools: {
      clock: get('clock'),
      random: get('random'),
      turns: get('shared').turns,
      peers: get('shared').peers,
      onTransition: (transition) => {
        recorder.recordTransition(transition)
        get('shared').keyStates?.tell(transition)
        get('live').hub.publish(transitionNews(transition))
      },
    },
    builtInClientKeys: async (isAway) => {
      const isDemoOpen = config.demoMode === 'on' || (config.demoMode === 'auto' && !isAway && (await get('store').users.count()) === 0)
      return isDemoOpen ? [...globalKeys, demoKey] : globalKeys
    },
  })
}
