// Who is told which gateways a request has passed, and when it has passed too many.
import { describe, expect, test } from '@jest/globals'
import { limits } from '../../../src/limits.ts'
import type { InboundHead } from '../../../src/proxy/guard.ts'
import { LoopGuard } from '../../../src/proxy/loop-guard.ts'
import { createTarget } from '../../../src/proxy/target-url.ts'

const guard = new LoopGuard({ id: 'me', publicHost: 'gateway.example.com' })
const head = (hops?: string): InboundHead => ({
  method: 'GET',
  target: '/',
  headers: [],
  contentLength: -1,
  isChunked: false,
  expectsContinue: false,
  connection: undefined,
  hops,
})

describe('only targets that could lead back here are told', () => {
  test.each([
    'http://127.0.0.1:8000',
    'http://[::1]:8000',
    'http://10.0.0.7',
    'https://192.168.1.2/v1',
    'http://[fd00::1]',
    'http://localhost:8000',
    'http://gateway:8000',
    'http://gateway.prod.svc:8000',
    'http://gateway.prod.svc.cluster.local:8000',
    'http://akr.internal',
    'http://nas.lan.',
    'https://gateway.example.com/proxy/a',
  ])('%s', (url) => expect(guard.hopsTo(createTarget(url), head())).toBe('me'))

  test.each(['https://api.openai.com/v1', 'https://8.8.8.8', 'https://[2606:4700::1111]', 'https://example.com', 'https://gateway.example.com:8443'])(
    'not %s',
    (url) => expect([guard.hopsTo(createTarget(url), head()), guard.hopsTo(createTarget(url), head('a,b'))]).toEqual([undefined, undefined]),
  )

  test('the way so far goes along', () => expect(guard.hopsTo(createTarget('http://10.0.0.7'), head('a, b'))).toBe('a, b,me'))
})

describe('what comes in', () => {
  test('a request that has passed no gateway, or others, is served', () => {
    for (const hops of [undefined, '', 'a', 'you,she', 'meme, m e']) expect(() => guard.assertForward(head(hops))).not.toThrow()
  })

  test.each(['me', 'a,me', 'a, me ,b'])('%j has been here', (hops) => {
    expect(() => guard.assertForward(head(hops))).toThrow(expect.objectContaining({ code: 'loop_detected', status: 508 }))
  })

  test('at most so many others', () => {
    const others = (count: number): InboundHead => head(Array.from({ length: count }, (_, i) => `g${i}`).join(','))
    expect(() => guard.assertForward(others(limits.gatewayHopsMax - 1))).not.toThrow()
    expect(() => guard.assertForward(others(limits.gatewayHopsMax))).toThrow(expect.objectContaining({ code: 'loop_detected' }))
  })
})
