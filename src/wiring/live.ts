// Wires what shows people the gateway while it runs: live events and who listens, rates, and the health of database and cache.
import { LiveDoor } from '../http/live/live-door.ts'
import type { AcceptListener } from '../http/live/web-socket-server.ts'
import type { Broadcast, Cache } from '../ports/cache.ts'
import type { ExchangeObserver } from '../ports/exchange-record.ts'
import { HealthChecker } from '../services/health-checker.ts'
import { LiveHub } from '../services/live/live-hub.ts'
import { jobNews, requestNews } from '../services/live/live-news.ts'
import { LiveRelay } from '../services/live/live-relay.ts'
import { LiveSessions } from '../services/live/live-sessions.ts'
import { StatsCollector } from '../services/stats-collector.ts'
import type { UserAuth } from '../services/user-auth.ts'
import type { Get, Provide } from './parts.ts'

export interface Live {
  readonly hub: LiveHub
  readonly sessions: LiveSessions
  /** Where WebSockets of listeners come in. */
  readonly door: LiveDoor
  readonly stats: StatsCollector
  readonly health: HealthChecker
  /** Told of every exchange. */
  readonly observer: ExchangeObserver
  /** The process is about to end. */
  isLeaving(): boolean
  start(): void
  stop(): void
}

export function registerLive(provide: Provide): void {
  provide('live', createLive)
}

function createLive(get: Get): Live {
  const clock = get('clock')
  const cache = get('cache')
  const hub = new LiveHub({ clock, replica: get('shared').instance })
  const relay = 'publish' in cache ? new LiveRelay(hub, cache as Cache & Broadcast) : undefined
  const isStillGood: UserAuth['isStillGood'] = (userId, tokenVersion) => get('management').auth.isStillGood(userId, tokenVersion)
  const sessions = new LiveSessions({ hub, clock, auth: { isStillGood } })
  const isLeaving = (): boolean => get('lifecycle').isDraining
  const door = createDoor(get, { hub, sessions, isLeaving })
  const stats = new StatsCollector(clock)
  const health = createHealthChecker(get, hub)
  let stopJobs = (): void => undefined
  return {
    ...{ hub, sessions, door, stats, health, isLeaving },
    observer: {
      exchangeFinished: (record) => {
        stats.exchangeFinished(record)
        if (hub.isWanted('requests')) hub.publish(requestNews(record))
      },
    },
    start: () => {
      relay?.start()
      health.start()
      stopJobs = get('jobEvents').subscribe((event) => hub.publish(jobNews(event, clock.nowMs())))
    },
    stop: () => {
      relay?.stop()
      health.stop()
      stopJobs()
      stats.stop()
      hub.close()
    },
  }
}

function createDoor(get: Get, live: Pick<Live, 'hub' | 'sessions' | 'isLeaving'>): LiveDoor {
  const { publicBaseUrl } = get('config')
  let loaded: Promise<AcceptListener> | undefined
  const load = async (): Promise<AcceptListener> => {
    const { createListenerServer } = await import('../http/live/web-socket-server.ts')
    return createListenerServer({ ...live, clock: get('clock'), authenticate: (token) => door.authenticate(token) })
  }
  const door: LiveDoor = new LiveDoor({
    ...live,
    auth: () => get('management').auth,
    metrics: get('metrics'),
    ownHosts: publicBaseUrl === undefined ? [] : [new URL(publicBaseUrl).host],
    cors: get('cors'),
    host: {
      guard: (request, response) => get('dataPlane').guard(request, response),
      refuse: (error, request, response, requestId) => get('dataPlane').refuse(error, request, response, requestId),
    },
    load: () => (loaded ??= load()),
  })
  return door
}

function createHealthChecker(get: Get, feed: LiveHub): HealthChecker {
  return new HealthChecker({
    services: [
      // A database server's link, and the client of a cache server, log by themselves when it goes and comes back.
      { name: 'database', ping: () => get('store').ping(), isLoggedByDriver: get('stores').link !== undefined },
      { name: 'cache', ping: () => get('cache').ping(), isLoggedByDriver: !('incrementNow' in get('cache')) },
    ],
    ...{ clock: get('clock'), logger: get('logger'), feed },
  })
}
