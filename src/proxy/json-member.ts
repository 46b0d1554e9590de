// Finds, removes and adds one top-level member of a JSON object in bytes, so that all other bytes stay as the client sent them.
import { GatewayError } from '../errors.ts'

interface Member {
  /** Offset of the opening quote of the name. */
  readonly start: number
  /** Offset behind the value. */
  readonly end: number
  readonly value: string
}

const SPACE = new Set([0x20, 0x09, 0x0a, 0x0d])
const QUOTE = 0x22
const BACKSLASH = 0x5c

/** Removes the member and returns its value when that is a non-empty string; undefined when the object has no such member. */
export function withoutMember(body: Buffer, name: string): { value: string; body: Buffer } | undefined {
  const member = findMember(body, name)
  if (member === undefined) return undefined
  const parsed: unknown = parseText(member.value)
  if (typeof parsed !== 'string' || parsed === '') return undefined
  return { value: parsed, body: cut(body, member) }
}

/** Sets a member of a JSON object to a string; any copy the client sent is removed first. */
export function withMember(body: Buffer | undefined, name: string, value: string): Buffer {
  let rest = body ?? Buffer.from('{}')
  for (let member = findMember(rest, name); member !== undefined; member = findMember(rest, name)) rest = cut(rest, member)
  const open = skipSpace(rest, 0)
  if (rest[open] !== 0x7b) throw new GatewayError('request_malformed', 'This upstream takes its key in the JSON body, so the body must be a JSON object.')
  const isEmpty = rest[skipSpace(rest, open + 1)] === 0x7d
  const pair = `${JSON.stringify(name)}:${JSON.stringify(value)}${isEmpty ? '' : ','}`
  return Buffer.concat([rest.subarray(0, open + 1), Buffer.from(pair), rest.subarray(open + 1)])
}

function cut(body: Buffer, member: Member): Buffer {
  let { start, end } = member
  const after = skipSpace(body, end)
  if (body[after] === 0x2c) {
    end = skipSpace(body, after + 1)
  } else {
    // The last member: its comma stands before it.
    let before = start - 1
    while (before > 0 && SPACE.has(body[before] as number)) before--
    if (body[before] === 0x2c) start = before
  }
  return Buffer.concat([body.subarray(0, start), body.subarray(end)])
}

function findMember(body: Buffer, name: string): Member | undefined {
  let at = skipSpace(body, 0)
  if (body[at] !== 0x7b) return undefined
  at = skipSpace(body, at + 1)
  while (at < body.length && body[at] === QUOTE) {
    const start = at
    const nameEnd = skipText(body, at)
    const colon = skipSpace(body, nameEnd)
    if (body[colon] !== 0x3a) return undefined
    const valueStart = skipSpace(body, colon + 1)
    const end = skipValue(body, valueStart)
    if (end < 0) return undefined
    if (parseText(body.toString('utf8', start, nameEnd)) === name) return { start, end, value: body.toString('utf8', valueStart, end) }
    at = skipSpace(body, end)
    if (body[at] !== 0x2c) return undefined
    at = skipSpace(body, at + 1)
  }
  return undefined
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
