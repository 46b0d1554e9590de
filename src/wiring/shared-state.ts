// Wires what the processes of one gateway share: turns, key states, announcements, and how many they are.
import { createId } from '../domain/id.ts'
import type { Broadcast, Cache } from '../ports/cache.ts'
import type { LimitStore } from '../ports/limit-store.ts'
import { BlockTurnCounterNonExact } from '../services/block-turn-counter.ts'
import { CacheKeyPeers } from '../services/cache-key-peers.ts'
import { ConfigurationWatch } from '../services/configuration-watch.ts'
import { KeyStateExchange } from '../services/key-state-exchange.ts'
import type { KeyPeers } from '../services/key-pool-dependencies.ts'
import { replicaNews } from '../services/live/live-news.ts'
import { Replicas } from '../services/replicas.ts'
import { ExactTurnCounter, type TurnCounter } from '../services/turn-counter.ts'
import type { Get, Provide } from './parts.ts'

export interface SharedState {
  /** Id of this process among the replicas. */
  readonly instance: string
  readonly turns: TurnCounter
  readonly replicas: Replicas
  readonly configuration: ConfigurationWatch
  /** undefined, like `peers`, where the cache is inside this process. */
  readonly keyStates: KeyStateExchange | undefined
  readonly peers: KeyPeers | undefined
  /** Begins to listen to the other processes. */
  start(): void
  stop(): Promise<void>
}

export function registerSharedState(provide: Provide): void {
  provide('shared', createSharedState)
}

function createSharedState(get: Get): SharedState {
  const [config, cache, clock, random] = [get('config'), get('cache'), get('clock'), get('random')]
  const broadcast = 'publish' in cache ? (cache as Cache & Broadcast) : undefined
  const isShared = !('incrementNow' in cache)
  const instance = createId('rep', clock.nowMs(), random.bytes(10))
  const replicas = new Replicas({
    self: { id: instance, version: config.version, startedAtMs: clock.nowMs() },
    broadcast,
    clock,
    configVersion: () => get('snapshot').current?.version,
    onChange: (replica, isThere) => get('live').hub.publish(replicaNews(replica, isThere, clock.nowMs())),
  })
  const limitStore = 'claim' in cache ? (cache as Cache & LimitStore) : undefined
  const peers = isShared ? new CacheKeyPeers({ cache, limitStore, clock, instance, processes: () => replicas.count }) : undefined
  const turns =
    isShared && config.rotationNonExactBlock > 1
      ? new BlockTurnCounterNonExact(cache, random, config.rotationNonExactBlock)
      : new ExactTurnCounter(cache, random)
  const common = { store: get('store'), logger: get('logger') }
  // The snapshot is made with `turns` and `peers`: it is asked for only when it is there.
  let listening: { readonly configuration: ConfigurationWatch; readonly keyStates: KeyStateExchange | undefined } | undefined
  const listen = (): NonNullable<typeof listening> => {
    const snapshot = get('snapshot')
    listening ??= {
      configuration: new ConfigurationWatch({ ...common, snapshot, broadcast }),
      keyStates:
        broadcast === undefined
          ? undefined
          : new KeyStateExchange({ ...common, broadcast, clock, findPool: (id) => snapshot.findPool(id), refresh: () => snapshot.refresh() }),
    }
    return listening
  }
  return {
    instance,
    turns,
    replicas,
    peers,
    get configuration() {
      return listen().configuration
    },
    get keyStates() {
      return listen().keyStates
    },
    start: () => {
      replicas.start()
      listen().configuration.start()
      listen().keyStates?.start()
    },
    stop: async () => {
      peers?.stop()
      listening?.configuration.stop()
      listening?.keyStates?.stop()
      await replicas.stop()
    },
  }
}
