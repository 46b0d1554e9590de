// How limits of clients are said on the command line.
import type { ClientLimits } from '../domain/client-limits.ts'
import { GatewayError } from '../errors.ts'

export interface LimitOptions {
  readonly rps?: string
  readonly rpm?: string
  readonly rpd?: string
  readonly maxInFlight?: string
}

export function parseLimits(options: LimitOptions): ClientLimits {
  const parse = (name: string, text: string | undefined): number | undefined => {
    if (text === undefined) return undefined
    if (!/^\d{1,10}$/.test(text)) throw new GatewayError('validation_failed', `${name} needs a whole number, not "${text}".`)
    return Number(text)
  }
  return {
    rps: parse('--rps', options.rps),
    rpm: parse('--rpm', options.rpm),
    rpd: parse('--rpd', options.rpd),
    maxInFlight: parse('--max-in-flight', options.maxInFlight),
  }
}

export function renderLimits({ rps, rpm, rpd, maxInFlight }: ClientLimits = {}): string {
  const parts = [rps && `${rps}/s`, rpm && `${rpm}/min`, rpd && `${rpd}/day`, maxInFlight && `${maxInFlight} at once`]
  return parts.filter((part) => part !== undefined).join(', ') || 'none'
}
