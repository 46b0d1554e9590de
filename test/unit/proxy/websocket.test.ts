// Owns the small parts of WebSockets: frame boundaries, the goodbye, the answer to a handshake, the key in a subprotocol.
import { describe, expect, test } from '@jest/globals'
import type { InboundHead } from '../../../src/proxy/guard.ts'
import { closeFrame, FrameCursor } from '../../../src/proxy/websocket/frame-cursor.ts'
import { acceptOf, findAnswerFault } from '../../../src/proxy/websocket/handshake.ts'
import { withoutProtocolCredential } from '../../../src/proxy/websocket/protocol-credential.ts'
import { BINARY, encodeFrame, FrameReader } from '../../support/web-socket-frames.ts'

describe('frame boundaries', () => {
  const sizes = [0, 1, 125, 126, 127, 65_535, 65_536, 70_000]

  test.each([undefined, Buffer.from([1, 2, 3, 4])])('are found however the bytes are cut (mask %p)', (mask) => {
    const frames = sizes.map((size) => encodeFrame({ opcode: BINARY, payload: Buffer.alloc(size, 0x88) }, mask))
    const bytes = Buffer.concat(frames)
    const ends = new Set(frames.map((_, i) => frames.slice(0, i + 1).reduce((sum, { length }) => sum + length, 0)))
    for (const step of [1, 2, 3, 7, 1_021, bytes.length]) {
      const cursor = new FrameCursor()
      for (let at = 0; at < bytes.length; at += step) {
        cursor.push(bytes.subarray(at, at + step))
        const end = Math.min(at + step, bytes.length)
        if (cursor.isBetween !== ends.has(end)) throw new Error(`cut by ${step}: wrong at ${end}`)
      }
      expect(cursor.hasSeenClose).toBe(false)
    }
  })

  test('a goodbye is noticed, and is one that others can read', () => {
    for (const mask of [undefined, Buffer.from([9, 8, 7, 6])]) {
      const cursor = new FrameCursor()
      cursor.push(closeFrame(1001, mask))
      expect([cursor.isBetween, cursor.hasSeenClose]).toEqual([true, true])
      expect(new FrameReader().push(closeFrame(1001, mask))).toEqual([{ opcode: 8, payload: Buffer.from([0x03, 0xe9]) }])
    }
  })
})

describe('the answer to a handshake', () => {
  const handshake = { accept: acceptOf('dGhlIHNhbXBsZSBub25jZQ=='), protocols: ['a'], offersExtensions: false }
  const sound = { upgrade: 'WebSocket', 'sec-websocket-accept': 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=' }

  test('RFC 6455 §1.3 is accepted', () => {
    expect(findAnswerFault(handshake, 101, sound)).toBeUndefined()
  })

  test.each([
    [200, {}],
    [101, { upgrade: undefined }],
    [101, { 'sec-websocket-accept': 's3pPLMBiTxaQ9kYGzzhZRbK+xOO=' }],
    [101, { 'sec-websocket-protocol': 'b' }],
    [101, { 'sec-websocket-protocol': ['a', 'a'] }],
    [101, { 'sec-websocket-extensions': 'x' }],
    [101, { 'transfer-encoding': 'chunked' }],
    [101, { 'content-length': '1' }],
    // In latin1 these two would be written as CR and LF.
    [101, { 'x-a': 'a\u{10d}\u{10a}X-Evil: 1' }],
    [101, { 'x-a': ['ok', 'a\r\nX-Evil: 1'] }],
  ])('%i with %j is a fault', (status, changes) => {
    expect(findAnswerFault(handshake, status, { ...sound, ...changes })).toEqual(expect.any(String))
  })
})

describe('a key in a subprotocol', () => {
  const head = (...headers: string[]): InboundHead => ({ headers }) as unknown as InboundHead

  test('becomes a credential, and is gone', () => {
    expect(withoutProtocolCredential(head('sec-websocket-protocol', 'realtime, openai-insecure-api-key.k1')).headers).toEqual([
      ...['sec-websocket-protocol', 'realtime', 'authorization', 'Bearer k1'],
    ])
  })

  test('a header has precedence, and the list of protocols vanishes with its only member', () => {
    expect(withoutProtocolCredential(head('x-api-key', 'k2', 'sec-websocket-protocol', 'openai-insecure-api-key.k1')).headers).toEqual(['x-api-key', 'k2'])
  })

  test('without one nothing is touched', () => {
    const same = head('sec-websocket-protocol', 'a,b')
    expect(withoutProtocolCredential(same).headers).toEqual(same.headers)
  })
})
