// Counts of tokens as vendors send them: from outside, so none of them is believed blindly.
import { limits } from '../../limits.ts'
import { isRecord } from './error-body.ts'

/** A count from outside: whole and sane, or 0. */
export function countOf(value: unknown): number {
  return typeof value === 'number' && value > 0 && value <= limits.tokensPerAnswerMax ? Math.trunc(value) : 0
}

export function hasCount(fields: Readonly<Record<string, unknown>>, ...names: readonly string[]): boolean {
  return names.some((name) => typeof fields[name] === 'number')
}

/** A count inside an object inside, as vendors give details. */
export function detailOf(fields: Readonly<Record<string, unknown>>, member: string, name: string): number {
  const details = fields[member]
  return isRecord(details) ? countOf(details[name]) : 0
}
