// How the request log is cut into tables by time, and how its rows are numbered.

const SECOND = 1_000
const HOUR = 3_600 * SECOND
const DAY = 24 * HOUR

/** Sums over time, by the length of what one of them covers. */
export const GRAINS = ['minute', 'hour', 'day'] as const
export type Grain = (typeof GRAINS)[number]
export type SegmentKind = 'request' | Grain

/** ms that one sum covers. */
export const GRAIN_MS: Readonly<Record<Grain, number>> = { minute: 60 * SECOND, hour: HOUR, day: DAY }

/** Time that one table covers: short where much is written, so that little is lost at once when space runs out; long where tables are small. */
const SEGMENT_MS: Readonly<Record<SegmentKind, number>> = { request: 6 * HOUR, minute: DAY, hour: 30 * DAY, day: 360 * DAY }

export interface Segment {
  readonly kind: SegmentKind
  /** Epoch ms; its table holds what is from then on… */
  readonly fromMs: number
  /** … and before then. */
  readonly untilMs: number
}

export function segmentOf(kind: SegmentKind, atMs: number): Segment {
  const lengthMs = SEGMENT_MS[kind]
  const fromMs = Math.floor(atMs / lengthMs) * lengthMs
  return { kind, fromMs, untilMs: fromMs + lengthMs }
}

/** `requests_2026112106`, `usage_hour_2026111500`: kind and start in UTC. */
export function tableOf({ kind, fromMs }: Segment): string {
  const start = new Date(fromMs).toISOString().slice(0, 13).replaceAll(/[-T]/g, '')
  return `${kind === 'request' ? 'requests' : `usage_${kind}`}_${start}`
}

/** Where a row stands: rows are in the order of the time at which their exchanges ended. */
export interface LogPosition {
  /** Start of its segment, epoch ms. */
  readonly segmentMs: number
  /** Unique within the segment: ms since its start (25 bits), the writer (18), a running number (10); whole and safe. */
  readonly id: number
}

/** Writers are numbered from 0 to one less. */
export const WRITERS_MAX = 2 ** 18
const NUMBERS = 2 ** 10
const PER_MS = WRITERS_MAX * NUMBERS

/** @param number any whole number; rows of one writer and one ms differ in it, modulo 1,024 */
export function positionOf(endedAtMs: number, writer: number, number: number): LogPosition {
  const { fromMs } = segmentOf('request', endedAtMs)
  return { segmentMs: fromMs, id: (Math.floor(endedAtMs) - fromMs) * PER_MS + writer * NUMBERS + (number % NUMBERS) }
}

/** Before all rows that ended at this ms or later. */
export function firstPositionAt(atMs: number): LogPosition {
  return positionOf(atMs, 0, 0)
}

/** Epoch ms. */
export function endedAtMs({ segmentMs, id }: LogPosition): number {
  return segmentMs + Math.floor(id / PER_MS)
}

const POSITION = /^([0-9a-z]{1,9})-([0-9a-z]{1,11})$/

/** Short text without a meaning for others. */
export function renderPosition({ segmentMs, id }: LogPosition): string {
  return `${(segmentMs / HOUR).toString(36)}-${id.toString(36)}`
}

/** undefined for what renderPosition never wrote. */
export function parsePosition(text: string): LogPosition | undefined {
  const [, hours = '', id = ''] = POSITION.exec(text) ?? []
  const position = { segmentMs: Number.parseInt(hours, 36) * HOUR, id: Number.parseInt(id, 36) }
  const isReal = Number.isSafeInteger(position.segmentMs) && Number.isSafeInteger(position.id) && position.segmentMs <= 8.64e15
  return isReal && segmentOf('request', position.segmentMs).fromMs === position.segmentMs ? position : undefined
}
