// Which processes serve this gateway besides this one: each says every 2 s that it is there.
import type { Broadcast } from '../ports/cache.ts'
import type { Clock } from '../ports/clock.ts'
import { TOPICS } from './cache-names.ts'

export interface Replica {
  /** Of the process; made anew at each start. */
  readonly id: string
  readonly version: string
  /** Epoch ms by its own clock. */
  readonly startedAtMs: number
  /** Version of the configuration in force there, as far as it was heard; undefined before the first one. */
  readonly configVersion?: number | undefined
}

export interface ReplicasDependencies {
  readonly self: Replica
  /** undefined: the cache is not shared, and this process is alone. */
  readonly broadcast: Broadcast | undefined
  readonly clock: Clock
  /** Of this process. */
  readonly configVersion?: (() => number | undefined) | undefined
  /** Told when another process is heard for the first time, or is gone. */
  readonly onChange?: ((replica: Replica, isThere: boolean) => void) | undefined
}

const HEARTBEAT_MS = 2_000
/** Three heartbeats may get lost. */
const FORGOTTEN_AFTER_MS = 7_000
/** Messages come from outside: more processes than this are not believed. */
const REPLICAS_MAX = 1_000
const MESSAGE_CHARS_MAX = 500
const TEXT_CHARS_MAX = 64

interface Seen {
  replica: Replica
  /** Monotonic ms. */
  atMs: number
}

export class Replicas {
  readonly #dependencies: ReplicasDependencies
  readonly #others = new Map<string, Seen>()
  #timer: NodeJS.Timeout | undefined
  #unsubscribe: (() => void) | undefined
  /** Since when this process hears itself without a break, monotonic ms; undefined while it does not. Who is deaf must forget nobody. */
  #hearsSinceMs: number | undefined
  #heardSelfAtMs = -Infinity
  #answersNext = false

  constructor(dependencies: ReplicasDependencies) {
    this.#dependencies = dependencies
  }

  /** Processes of this gateway, this one included: at least 1. The last known number while they cannot hear each other. */
  get count(): number {
    this.#forget()
    return this.#others.size + 1
  }

  /** This one first, the others in the order of their ids. */
  get list(): readonly Replica[] {
    this.#forget()
    return [this.#self(), ...[...this.#others.values()].map(({ replica }) => replica).sort((a, b) => (a.id < b.id ? -1 : 1))]
  }

  start(): void {
    const { broadcast } = this.#dependencies
    if (broadcast === undefined) return
    this.#unsubscribe = broadcast.subscribe(
      TOPICS.replicas,
      (message) => this.#receive(message),
      () => this.#beat(),
    )
    this.#timer = setInterval(() => this.#beat(), HEARTBEAT_MS).unref()
    this.#beat()
  }

  /** Tells the others that this process leaves. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.#unsubscribe?.()
    this.#unsubscribe = undefined
    const { broadcast, self } = this.#dependencies
    await broadcast?.publish(TOPICS.replicas, JSON.stringify({ ...self, leaves: true })).catch(() => undefined)
  }

  #beat(): void {
    const { broadcast, clock } = this.#dependencies
    this.#answersNext = false
    // A hint like any other: when it is lost, the next one comes. The time is for `akr doctor`, which compares clocks.
    broadcast?.publish(TOPICS.replicas, JSON.stringify({ ...this.#self(), nowMs: clock.nowMs() })).catch(() => undefined)
  }

  #receive(message: string): void {
    if (this.#unsubscribe === undefined) return
    const heard = parseMessage(message)
    if (heard === undefined) return
    const nowMs = this.#dependencies.clock.monotonicMs()
    const { replica, leaves } = heard
    if (replica.id === this.#dependencies.self.id) {
      if (this.#hearsSinceMs === undefined || nowMs - this.#heardSelfAtMs > FORGOTTEN_AFTER_MS) this.#hearsSinceMs = nowMs
      this.#heardSelfAtMs = nowMs
    } else if (leaves) this.#lose(replica.id)
    else {
      const known = this.#others.get(replica.id)
      if (known !== undefined) Object.assign(known, { replica, atMs: nowMs })
      else if (this.#others.size < REPLICAS_MAX) {
        this.#others.set(replica.id, { replica, atMs: nowMs })
        this.#dependencies.onChange?.(replica, true)
        this.#answerNewcomer()
      }
    }
  }

  /** A newcomer knows nobody: it need not wait for the next round. Several at once get one answer. */
  #answerNewcomer(): void {
    if (this.#answersNext) return
    this.#answersNext = true
    setImmediate(() => {
      if (this.#answersNext && this.#unsubscribe !== undefined) this.#beat()
    })
  }

  #forget(): void {
    const nowMs = this.#dependencies.clock.monotonicMs()
    const hears = this.#hearsSinceMs !== undefined && nowMs - this.#heardSelfAtMs <= FORGOTTEN_AFTER_MS
    if (!hears || nowMs - (this.#hearsSinceMs as number) < FORGOTTEN_AFTER_MS) return
    for (const [id, { atMs }] of this.#others) if (nowMs - atMs > FORGOTTEN_AFTER_MS) this.#lose(id)
  }

  #self(): Replica {
    const { self, configVersion } = this.#dependencies
    return { ...self, configVersion: configVersion?.() }
  }

  #lose(id: string): void {
    const seen = this.#others.get(id)
    if (seen === undefined) return
    this.#others.delete(id)
    this.#dependencies.onChange?.(seen.replica, false)
  }
}

function parseMessage(message: string): { readonly replica: Replica; readonly leaves: boolean } | undefined {
  if (message.length > MESSAGE_CHARS_MAX) return undefined
  try {
    const { id, version, startedAtMs, configVersion, leaves } = JSON.parse(message) as Record<string, unknown>
    const isText = (value: unknown): value is string => typeof value === 'string' && value.length > 0 && value.length <= TEXT_CHARS_MAX
    if (!isText(id) || !isText(version) || typeof startedAtMs !== 'number' || !Number.isFinite(startedAtMs)) return undefined
    const inForce = Number.isSafeInteger(configVersion) ? (configVersion as number) : undefined
    return { replica: { id, version, startedAtMs, configVersion: inForce }, leaves: leaves === true }
  } catch {
    return undefined
  }
}
