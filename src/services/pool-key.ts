// One key inside the running pool: what is stored about it plus what happened to it since.
import type { Secret } from '../domain/secret.ts'
import { TokenMinute } from '../domain/token-minute.ts'
import type { KeyLimits, KeyState, KeyStatus } from '../domain/upstream-key.ts'

/** What the pool needs to know of a stored key. */
export interface PoolKeySpec {
  readonly id: string
  readonly label: string
  readonly value: Secret
  readonly weight: number
  readonly tier: number
  /** undefined = none. */
  readonly tags?: readonly string[] | undefined
  readonly limits: KeyLimits
  readonly status: KeyStatus
}

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

/** Mutable on purpose: it is touched on every request. Only KeyPool, its parts and its key-state rules write to it. */
export class PoolKey {
  readonly id: string
  spec: PoolKeySpec
  state: KeyState
  reason: string
  /** Epoch ms, for people and the store. */
  untilMs: number | undefined
  changedAtMs: number
  /** Monotonic ms; Infinity when nothing happens by itself. */
  wakeAtMonotonicMs = Infinity
  /** Answers in a row, per kind. */
  rateLimitStreak = 0
  rejectionStreak = 0
  failureStreak = 0
  inFlight = 0
  /** A probing attempt is under way, or this process asks whether it may make one. */
  probeInFlight = false
  /** Another process may be probing: monotonic ms before which there is no use in asking again. */
  probeDeniedUntilMs = -Infinity
  /** All processes together have reached a limit of the key: monotonic ms until then. */
  fullUntilMs = -Infinity
  /** Grows with each state: an attempt that was leased in an earlier one cannot end this one. */
  epoch = 0
  lastUsedAtMs: number | undefined
  /** For the identity of a set of ready keys, see Tier. */
  readonly hash: number
  #minuteStartMs = -Infinity
  #minuteCount = 0
  #dayStartMs = -Infinity
  #dayCount = 0
  /** Made with the first token of a key that has a limit of them. */
  #tokens: TokenMinute | undefined

  constructor(spec: PoolKeySpec) {
    this.id = spec.id
    this.spec = spec
    this.state = spec.status.state
    this.reason = spec.status.reason
    this.untilMs = spec.status.untilMs
    this.changedAtMs = spec.status.changedAtMs
    this.hash = hashText(spec.id)
  }

  get status(): KeyStatus {
    return { state: this.state, reason: this.reason, untilMs: this.untilMs, changedAtMs: this.changedAtMs }
  }

  get hasLimits(): boolean {
    const { rpm, rpd, tpm, maxInFlight } = this.spec.limits
    return rpm !== undefined || rpd !== undefined || tpm !== undefined || maxInFlight !== undefined
  }

  /** False while one of the key's own limits is reached. */
  hasCapacity(nowMonotonicMs: number): boolean {
    const { rpm, rpd, tpm, maxInFlight } = this.spec.limits
    if (nowMonotonicMs < this.fullUntilMs) return false
    if (tpm !== undefined && this.#tokens !== undefined && this.#tokens.used(nowMonotonicMs) >= tpm) return false
    if (maxInFlight !== undefined && this.inFlight >= maxInFlight) return false
    if (rpm !== undefined && nowMonotonicMs - this.#minuteStartMs < MINUTE_MS && this.#minuteCount >= rpm) return false
    if (rpd !== undefined && nowMonotonicMs - this.#dayStartMs < DAY_MS && this.#dayCount >= rpd) return false
    return true
  }

  /** Whether the uses of this process, the latest included, keep to its part of the key's limits (rounded up) while it cannot ask the others. */
  isWithinShare(processes: number, nowMonotonicMs: number): boolean {
    const { rpm, rpd, tpm, maxInFlight } = this.spec.limits
    if (tpm !== undefined && this.#tokens !== undefined && this.#tokens.used(nowMonotonicMs) >= Math.ceil(tpm / processes)) return false
    if (maxInFlight !== undefined && this.inFlight > Math.ceil(maxInFlight / processes)) return false
    if (rpm !== undefined && this.#minuteCount > Math.ceil(rpm / processes)) return false
    return rpd === undefined || this.#dayCount <= Math.ceil(rpd / processes)
  }

  /** Takes back the latest use, which did not come about. */
  discountUse(): void {
    this.inFlight--
    if (this.#minuteCount > 0) this.#minuteCount--
    if (this.#dayCount > 0) this.#dayCount--
  }

  /** ms until hasCapacity may be true again; 0 when it is now, or when only a finished request can tell. */
  capacityInMs(nowMonotonicMs: number): number {
    if (this.hasCapacity(nowMonotonicMs)) return 0
    if (nowMonotonicMs < this.fullUntilMs) return this.fullUntilMs - nowMonotonicMs
    const { rpm, rpd, tpm } = this.spec.limits
    const tokensInMs = tpm === undefined ? 0 : (this.#tokens?.waitMs(nowMonotonicMs, tpm) ?? 0)
    if (tokensInMs > 0) return tokensInMs
    if (rpd !== undefined && this.#dayCount >= rpd) return Math.max(0, this.#dayStartMs + DAY_MS - nowMonotonicMs)
    if (rpm !== undefined && this.#minuteCount >= rpm) return Math.max(0, this.#minuteStartMs + MINUTE_MS - nowMonotonicMs)
    return 0
  }

  /** Leases the key: counts one more use, and makes it the probe of a key that is not ready. Returns the key. */
  use(nowMonotonicMs: number): this {
    if (this.state !== 'ready') this.probeInFlight = true
    this.#countUse(nowMonotonicMs)
    return this
  }

  countTokens(tokens: number, nowMonotonicMs: number): void {
    this.#tokens ??= new TokenMinute()
    this.#tokens.add(nowMonotonicMs, tokens)
  }

  #countUse(nowMonotonicMs: number): void {
    this.inFlight++
    const { rpm, rpd } = this.spec.limits
    if (rpm !== undefined) {
      if (nowMonotonicMs - this.#minuteStartMs >= MINUTE_MS) {
        this.#minuteStartMs = nowMonotonicMs
        this.#minuteCount = 0
      }
      this.#minuteCount++
    }
    if (rpd !== undefined) {
      if (nowMonotonicMs - this.#dayStartMs >= DAY_MS) {
        this.#dayStartMs = nowMonotonicMs
        this.#dayCount = 0
      }
      this.#dayCount++
    }
  }
}

/** FNV-1a, 32 bits. */
function hashText(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}
