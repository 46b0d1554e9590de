// Ends what a listener may no longer hear: its token has run out, or its person was signed out, switched off or given another role.
import type { Clock } from '../../ports/clock.ts'
import { limits } from '../../limits.ts'
import type { SignedIn, UserAuth } from '../user-auth.ts'
import type { LiveHub } from './live-hub.ts'
import type { LiveListener } from './live-listener.ts'

export interface LiveSessionsDependencies {
  readonly hub: LiveHub
  readonly auth: Pick<UserAuth, 'isStillGood'>
  readonly clock: Clock
}

interface Session {
  /** Equal for all listeners whose sessions go on, or end, together. */
  readonly name: string
  readonly userId: string
  readonly tokenVersion: number
  readonly endsAtMs: number
}

export class LiveSessions {
  readonly #dependencies: LiveSessionsDependencies
  readonly #sessions = new Map<LiveListener, Session>()
  #timer: NodeJS.Timeout | undefined
  #isLooking = false

  constructor(dependencies: LiveSessionsDependencies) {
    this.#dependencies = dependencies
  }

  /** Also when a listener comes with a newer token. */
  watch(listener: LiveListener, { user, endsAtMs }: SignedIn): void {
    this.#sessions.set(listener, { name: `${user.id} ${user.tokenVersion}`, userId: user.id, tokenVersion: user.tokenVersion, endsAtMs })
    this.#timer ??= setInterval(() => void this.look(), limits.liveSessionLookMs).unref()
  }

  forget(listener: LiveListener): void {
    this.#sessions.delete(listener)
    if (this.#sessions.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** One look-up per person, however many listeners one has. Never rejects: while the store is away only tokens run out. */
  async look(): Promise<void> {
    if (this.#isLooking) return
    this.#isLooking = true
    const { hub, auth, clock } = this.#dependencies
    const nowMs = clock.nowMs()
    const people = new Map<string, Session>()
    for (const [listener, session] of this.#sessions) {
      if (session.endsAtMs <= nowMs) hub.end(listener, 'session_expired')
      else people.set(session.name, session)
    }
    const revoked = new Set<string>()
    for (const [name, { userId, tokenVersion }] of people) {
      const isGood = await auth.isStillGood(userId, tokenVersion).catch(() => true)
      if (!isGood) revoked.add(name)
    }
    if (revoked.size > 0) for (const [listener, session] of this.#sessions) if (revoked.has(session.name)) hub.end(listener, 'session_revoked')
    this.#isLooking = false
  }
}
