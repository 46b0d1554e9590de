// What one client key may send: requests per second, minute and day and at the same time, tokens per minute and day.

/** undefined = unlimited; whole numbers from 1. */
export interface ClientLimits {
  /** Requests in any second. */
  readonly rps?: number | undefined
  /** Requests in any minute. */
  readonly rpm?: number | undefined
  /** Requests in any 24 hours. */
  readonly rpd?: number | undefined
  /** Tokens in any minute, those that go in and those that come out. */
  readonly tpm?: number | undefined
  /** Tokens in any 24 hours. */
  readonly tpd?: number | undefined
  readonly maxInFlight?: number | undefined
}

/** The limits that are windows over requests, the shortest first. */
export const CLIENT_WINDOWS = [
  { name: 'rps', windowMs: 1_000, unit: 'second' },
  { name: 'rpm', windowMs: 60_000, unit: 'minute' },
  { name: 'rpd', windowMs: 86_400_000, unit: 'day' },
] as const

/** The limits that are windows over tokens, the shortest first. */
export const TOKEN_WINDOWS = [
  { name: 'tpm', windowMs: 60_000, unit: 'minute' },
  { name: 'tpd', windowMs: 86_400_000, unit: 'day' },
] as const

export type ClientLimitName = (typeof CLIENT_WINDOWS)[number]['name'] | (typeof TOKEN_WINDOWS)[number]['name'] | 'max_in_flight'

/** undefined when none of them is set, so that a key without limits costs nothing. */
export function setLimits(limits: ClientLimits | undefined): ClientLimits | undefined {
  return limits !== undefined && Object.values(limits).some((limit) => limit !== undefined) ? limits : undefined
}

/** Whether any of them counts requests, not only tokens. */
export function limitsRequests({ rps, rpm, rpd, maxInFlight }: ClientLimits): boolean {
  return rps !== undefined || rpm !== undefined || rpd !== undefined || maxInFlight !== undefined
}
