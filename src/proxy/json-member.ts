// Finds, removes and adds one top-level member of a JSON object in bytes, so that all other bytes stay as the client sent them.
import { GatewayError } from '../errors.ts'

interface Member {
  /** Offset of the opening quote of the name. */
  readonly start: number
  /** Offset behind the value. */
  readonly end: number
  readonly value: string
  /** Offset of the comma before the name; -1 for the first member. */
  readonly commaAt: number
}

const SPACE = new Set([0x20, 0x09, 0x0a, 0x0d])
const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c

/** Removes the member, all copies of it, and returns its value when that is a non-empty string; undefined when the object has no such member. */
export function withoutMember(body: Buffer, name: string): { value: string; body: Buffer } | undefined {
  const members = findMembers(body, name)
  const parsed = members[0] === undefined ? undefined : parseText(members[0].value)
  if (typeof parsed !== 'string' || parsed === '') return undefined
  return { value: parsed, body: cut(body, members) }
}

/** Text of a member's value, of the last one with this name; undefined when the object has no such member. */
export function memberText(body: Buffer, name: string): string | undefined {
  return findMembers(body, name).at(-1)?.value
}

/**
 * Values of all members whose name is wanted; undefined when the text is not one JSON object from its first byte to its last.
 * Other values are only skipped.
 */
export function readMembers(body: Buffer, isWanted: (name: string) => boolean): readonly unknown[] | undefined {
  const values: unknown[] = []
  let at = skipSpace(body, 0)
  if (body[at] !== 0x7b) return undefined
  at = skipSpace(body, at + 1)
  for (let isFirst = true; ; isFirst = false) {
    if (isFirst && body[at] === 0x7d) break
    const nameEnd = body[at] === QUOTE ? skipText(body, at) : at
    const name = parseText(body.toString('utf8', at, nameEnd))
    const colon = skipSpace(body, nameEnd)
    if (typeof name !== 'string' || body[colon] !== 0x3a) return undefined
    const valueStart = skipSpace(body, colon + 1)
    const end = skipValue(body, valueStart)
    if (end < 0) return undefined
    if (isWanted(name)) values.push(parseText(body.toString('utf8', valueStart, end)))
    at = skipSpace(body, end)
    if (body[at] === 0x7d) break
    if (body[at] !== COMMA) return undefined
    at = skipSpace(body, at + 1)
  }
  return skipSpace(body, at + 1) === body.length ? values : undefined
}

/** Sets a member of a JSON object to a string; any copy the client sent is removed first. */
export function withMember(body: Buffer | undefined, name: string, value: string): Buffer {
  const sent = body ?? Buffer.from('{}')
  const rest = cut(sent, findMembers(sent, name))
  const open = skipSpace(rest, 0)
  if (rest[open] !== 0x7b) throw new GatewayError('request_malformed', 'This upstream takes its key in the JSON body, so the body must be a JSON object.')
  const isEmpty = rest[skipSpace(rest, open + 1)] === 0x7d
  const pair = `${JSON.stringify(name)}:${JSON.stringify(value)}${isEmpty ? '' : ','}`
  return Buffer.concat([rest.subarray(0, open + 1), Buffer.from(pair), rest.subarray(open + 1)])
}

/** Each member goes with the comma before it, the first ones with the comma behind them. */
function cut(body: Buffer, members: readonly Member[]): Buffer {
  if (members.length === 0) return body
  const kept: Buffer[] = []
  let from = 0
  // Once something that stays stands before a member, the comma before the member is the one to go.
  let isFirst = true
  for (const { start, end, commaAt } of members) {
    isFirst &&= commaAt < 0 || commaAt < from
    const after = skipSpace(body, end)
    kept.push(body.subarray(from, isFirst || commaAt < 0 ? start : commaAt))
    from = isFirst && body[after] === COMMA ? skipSpace(body, after + 1) : end
  }
  kept.push(body.subarray(from))
  return Buffer.concat(kept)
}

function findMembers(body: Buffer, name: string): Member[] {
  const members: Member[] = []
  let at = skipSpace(body, 0)
  if (body[at] !== 0x7b) return members
  let commaAt = -1
  at = skipSpace(body, at + 1)
  while (at < body.length && body[at] === QUOTE) {
    const start = at
    const nameEnd = skipText(body, at)
    const colon = skipSpace(body, nameEnd)
    if (body[colon] !== 0x3a) return members
    const valueStart = skipSpace(body, colon + 1)
    const end = skipValue(body, valueStart)
    if (end < 0) return members
    if (parseText(body.toString('utf8', start, nameEnd)) === name) members.push({ start, end, commaAt, value: body.toString('utf8', valueStart, end) })
    at = skipSpace(body, end)
    if (body[at] !== COMMA) return members
    commaAt = at
    at = skipSpace(body, at + 1)
  }
  return members
}

function skipSpace(body: Buffer, at: number): number {
  while (at < body.length && SPACE.has(body[at] as number)) at++
  return at
}

/** @param at offset of the opening quote; returns the offset behind the closing one */
function skipText(body: Buffer, at: number): number {
  for (let i = at + 1; i < body.length; i++) {
    if (body[i] === BACKSLASH) i++
    else if (body[i] === QUOTE) return i + 1
  }
  return body.length
}

/** Offset behind the value at `at`; -1 when the text ends inside it. Depth is counted, not recursed. */
function skipValue(body: Buffer, at: number): number {
  let depth = 0
  for (let i = at; i < body.length; i++) {
    const byte = body[i] as number
    if (byte === QUOTE) {
      i = skipText(body, i) - 1
      if (depth === 0) return i + 1
    } else if (byte === 0x7b || byte === 0x5b) depth++
    else if (byte === 0x7d || byte === 0x5d) {
      if (depth === 0) return i
      if (--depth === 0) return i + 1
    } else if (depth === 0 && (byte === 0x2c || SPACE.has(byte))) return i
  }
  return -1
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
