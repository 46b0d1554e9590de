// What processes tell each other about key states. It comes from outside: whoever reads it believes nothing unchecked.
import { limits } from '../limits.ts'
import { restMs } from './cooldown.ts'
import type { KeyState, KeyStatus } from './upstream-key.ts'

export interface KeyStatusMessage {
  readonly poolId: string
  readonly keyId: string
  /** `untilMs` is the sender's time of day. */
  readonly status: KeyStatus
  /** ms that it lasts from now on, whatever the clocks say; undefined when it does not end by itself. */
  readonly forMs: number | undefined
}

const ID_CHARS_MAX = 128
const REASON_CHARS_MAX = 300
/** States that the gateway gives by itself and that others must hear of. People's changes come with the configuration. */
const TOLD: readonly string[] = ['ready', 'cooling', 'parked'] satisfies KeyState[]

/** @param nowMs epoch ms of this process */
export function formatKeyStatuses(changes: readonly { poolId: string; keyId: string; status: KeyStatus }[], nowMs: number): string {
  return JSON.stringify(
    changes.map(({ poolId, keyId, status }) => {
      const { state, reason, untilMs, changedAtMs } = status
      return [poolId, keyId, state, reason.slice(0, REASON_CHARS_MAX), changedAtMs, untilMs ?? null, restMs(status, nowMs) ?? null]
    }),
  )
}

/** The entries that can be believed; none when the message as a whole cannot. */
export function parseKeyStatuses(message: string, nowMs: number): readonly KeyStatusMessage[] {
  if (message.length > limits.messageCharsMax) return []
  try {
    const entries: unknown = JSON.parse(message)
    if (!Array.isArray(entries) || entries.length > limits.keyStatesPerMessage) return []
    return entries.flatMap((entry) => parseEntry(entry, nowMs) ?? [])
  } catch {
    return []
  }
}

function parseEntry(entry: unknown, nowMs: number): KeyStatusMessage | undefined {
  if (!Array.isArray(entry)) return undefined
  const [poolId, keyId, state, reason, changedAtMs, untilMs, forMs] = entry as unknown[]
  if (!isText(poolId, ID_CHARS_MAX) || !isText(keyId, ID_CHARS_MAX) || !isText(reason, REASON_CHARS_MAX)) return undefined
  if (typeof state !== 'string' || !TOLD.includes(state)) return undefined
  // A time far ahead would win over every later state.
  if (!isTime(changedAtMs) || changedAtMs > nowMs + limits.peerClockAheadMaxMs) return undefined
  const rests = state !== 'ready' && untilMs !== null
  if (rests && (!isTime(untilMs) || typeof forMs !== 'number' || !(forMs > 0 && forMs <= limits.cooldownMaxMs))) return undefined
  const status: KeyStatus = { state: state as KeyState, reason, untilMs: rests ? (untilMs as number) : undefined, changedAtMs }
  // A rest without an end needs a person, and people's changes come with the configuration.
  if (!rests && state === 'cooling') return undefined
  return { poolId, keyId, status, forMs: rests ? (forMs as number) : undefined }
}

function isText(value: unknown, charsMax: number): value is string {
  return typeof value === 'string' && value.length <= charsMax
}

function isTime(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
