// What the streams of events are made from.
import type { LiveHub } from '../../services/live/live-hub.ts'
import type { LiveSessions } from '../../services/live/live-sessions.ts'
import type { LiveListener } from '../../services/live/live-listener.ts'
import type { SignedIn } from '../../services/user-auth.ts'
import { GatewayError } from '../../errors.ts'
import { limits } from '../../limits.ts'
import { topicsFor } from './subscription.ts'

export interface LiveServices {
  readonly hub: LiveHub
  readonly sessions: LiveSessions
  /** The process is about to end. */
  readonly isLeaving: () => boolean
}

/** @throws GatewayError shutting_down, overloaded */
export function assertListenersWelcome({ hub, isLeaving }: LiveServices): void {
  if (isLeaving()) throw new GatewayError('shutting_down', 'The gateway is shutting down. Connect again at once.', { retryAfterMs: 1_000 })
  hub.assertOpen()
}

/** The first thing that a listener is told. */
export function renderHello({ hub }: LiveServices, { user, endsAtMs }: SignedIn): Readonly<Record<string, unknown>> {
  return {
    replica: hub.replica,
    topics: topicsFor(user.accountId),
    heartbeat_seconds: limits.liveHeartbeatMs / 1_000,
    session_ends_at: new Date(endsAtMs).toISOString(),
  }
}

/** A listener whose connection is gone. */
export function forgetListener({ hub, sessions }: LiveServices, listener: LiveListener): void {
  hub.remove(listener)
  sessions.forget(listener)
}
