import { describe, expect, test } from '@jest/globals'
import { attemptSpanId, findTraceParent, findTraceState, parseTraceParent, renderTraceParent } from '../../../src/domain/trace-context.ts'
import { TraceStarter } from '../../../src/services/trace-starter.ts'
import { systemRandom } from '../../../src/infrastructure/system.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SPAN = 'b7ad6b7169203331'
const VALID = `00-${TRACE}-${SPAN}-01`

describe('traceparent', () => {
  test.each([
    [VALID, true],
    [`00-${TRACE}-${SPAN}-00`, false],
    [`00-${TRACE}-${SPAN}-fe`, false],
    [`00-${TRACE}-${SPAN}-03`, true],
    [`cc-${TRACE}-${SPAN}-01`, true],
    [`cc-${TRACE}-${SPAN}-01-what-comes-later`, true],
  ])('%s', (text, isSampled) => expect(parseTraceParent(text)).toEqual({ traceId: TRACE, spanId: SPAN, isSampled }))

  test.each([
    '', 'x', ` ${VALID}`, `${VALID} `, `${VALID}-`, `${VALID}-00`, `ff-${TRACE}-${SPAN}-01`, `0-${TRACE}-${SPAN}-01`, `00-${TRACE.slice(1)}-${SPAN}-01`, `00-${TRACE}0-${SPAN}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`, `00-${'0'.repeat(32)}-${SPAN}-01`, `00-${TRACE}-${'0'.repeat(16)}-01`, `00-${TRACE}-${SPAN}-0`, `00-${TRACE}-${SPAN}-0x`, `00-${TRACE}-${SPAN}`,
    `cc-${TRACE}-${SPAN}-01.x`, `00_${TRACE}_${SPAN}_01`, `${VALID},${VALID}`,
  ])('%j is none', (text) => expect(parseTraceParent(text)).toBeUndefined()) // prettier-ignore

  test('several are none', () => {
    expect(findTraceParent(['a', 'b', 'traceparent', VALID])?.spanId).toBe(SPAN)
    expect(findTraceParent(['traceparent', VALID, 'traceparent', VALID])).toBeUndefined()
    expect(findTraceParent(['tracestate', VALID])).toBeUndefined()
  })

  test('is written as it is read', () => {
    for (const flag of ['00', '01']) expect(renderTraceParent(parseTraceParent(`00-${TRACE}-${SPAN}-${flag}`) as never)).toBe(`00-${TRACE}-${SPAN}-${flag}`)
  })
})

describe('tracestate', () => {
  test.each([['a=1'], ['a=1,b@c=2'], ['a=1 , b=2,,'], ['0x*_-/=a b']])('%s stays', (text) => expect(findTraceState(['tracestate', text])).toBe(text))

  test.each([[''], [' '], ['a'], ['A=1'], ['a='], ['a=1=2'], ['a=\u00fc'], ['=1'], [Array(33).fill('a=1').join()], [`a=${'x'.repeat(257)}`], [`${'a=1,'.repeat(20)}b=${'x'.repeat(500)}`]])(
    '%j is left out', (text) => expect(findTraceState(['tracestate', text])).toBeUndefined()) // prettier-ignore

  test('several headers are one list', () => expect(findTraceState(['tracestate', 'a=1', 'x', 'y', 'tracestate', 'b=2'])).toBe('a=1,b=2'))

  test('hostile text takes no time to speak of', () => {
    const startedAtMs = performance.now()
    for (const text of ['a='.repeat(256), ' '.repeat(512), `a=${' '.repeat(500)}`, 'a'.repeat(512), ','.repeat(512)]) findTraceState(['tracestate', text])
    expect(performance.now() - startedAtMs).toBeLessThan(500)
  })
})

test('spans of attempts differ from each other and from their exchange, also where the digits run over', () => {
  for (const spanId of [SPAN, 'f'.repeat(16), `${'0'.repeat(15)}1`]) {
    const all = [spanId, ...Array.from({ length: 10 }, (_, attempt) => attemptSpanId(spanId, attempt))]
    expect(new Set(all).size).toBe(11)
    for (const id of all) expect(id).toMatch(/^[0-9a-f]{16}$/)
  }
})

describe('traces that begin here', () => {
  test('have ids of their own', () => {
    const starter = new TraceStarter(systemRandom, { ratio: 1, followsParent: true })
    const begun = Array.from({ length: 1_000 }, () => starter.begin([]))
    expect(new Set(begun.flatMap(({ traceId, spanId }) => [traceId, spanId])).size).toBe(2_000)
    for (const { traceId, spanId, parentSpanId, isSampled } of begun) {
      expect([traceId, spanId]).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/), expect.stringMatching(/^[0-9a-f]{16}$/)])
      expect([parentSpanId, isSampled]).toEqual(['', true])
    }
  })

  test.each([0, 0.1, 0.5, 1])('the share %d is recorded, and every process decides alike', (ratio) => {
    const [one, other] = [new TraceStarter(systemRandom, { ratio, followsParent: true }), new TraceStarter(systemRandom, { ratio, followsParent: false })]
    const begun = Array.from({ length: 10_000 }, () => one.begin([]))
    // Ten standard deviations at most.
    expect(Math.abs(begun.filter(({ isSampled }) => isSampled).length - ratio * 10_000)).toBeLessThanOrEqual(ratio % 1 === 0 ? 0 : 500)
    for (const { traceId, isSampled } of begun.slice(0, 100)) {
      expect(one.begin(['traceparent', `00-${traceId}-${SPAN}-00`]).isSampled).toBe(false)
      expect(other.begin(['traceparent', `00-${traceId}-${SPAN}-00`])).toMatchObject({ traceId, parentSpanId: SPAN, isSampled })
    }
  })
})
