// What a key pool is given, and what it tells: its counters, the other processes, the changes of its keys.
import type { KeyState } from '../domain/upstream-key.ts'
import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import type { PoolKey } from './pool-key.ts'
import type { TurnCounter } from './turn-counter.ts'

export interface KeyTransition {
  readonly poolId: string
  readonly slug: string
  readonly key: PoolKey
  readonly from: KeyState
  readonly outcome: string
  /** Epoch ms. */
  readonly atMs: number
}

/** The other processes that use the same keys. */
export interface KeyPeers {
  /** Whether this process may try a key whose rest is over. Never rejects. */
  mayProbe(key: PoolKey): Promise<boolean>
  /** Counts the latest use of a key that has limits for all processes, or takes it back when they have reached one. Never rejects. */
  claimUse(key: PoolKey): Promise<boolean>
  /** The probe of a key ended and told nothing: somebody else may try. */
  probeEnded(key: PoolKey): void
  /** A lease of a key that has limits ended: `key.inFlight` says how many are left. */
  useEnded(key: PoolKey): void
  /** An answer of a key that has a limit of tokens consumed so many. */
  tokensUsed(key: PoolKey, tokens: number): void
}

export interface KeyPoolDependencies {
  readonly clock: Clock
  readonly random: Random
  readonly turns: TurnCounter
  /** Called after a key changed its state by itself (not when a stored state is taken over). Must not throw. */
  readonly onTransition: (transition: KeyTransition) => void
  /** undefined: this process is alone. */
  readonly peers?: KeyPeers | undefined
}
