// Every way in which vendors say how long to wait.
import { expect, test } from '@jest/globals'
import { parseDurationMs, parseRetryAfterMs } from '../../src/adapters/shared/retry-after.ts'

const NOW_MS = Date.UTC(2026, 10, 20, 12, 0, 0)

test.each([
  [[], undefined],
  [['retry-after', '37'], 37_000],
  [['retry-after', ' 37 '], 37_000],
  [['retry-after', '0.5'], 500],
  [['retry-after', ''], undefined],
  [['retry-after', 'garbage'], undefined],
  [['retry-after', 'in 5 minutes'], undefined],
  [['retry-after', '2026-11-20T12:01:00Z'], undefined],
  [['retry-after', '0x10'], undefined],
  [['retry-after', 'Infinity'], undefined],
  [['retry-after', 'NaN'], undefined],
  [['retry-after', '1e999'], Number.MAX_SAFE_INTEGER],
  [['retry-after', '-0'], 0],
  [['retry-after', 'Fri, 20 Nov 2026 12:01:00 GMT'], 60_000],
  [['retry-after', 'Friday, 20-Nov-26 12:01:00 GMT'], 60_000],
  [['retry-after', 'Fri Nov 20 12:01:00 2026'], 60_000],
  [['retry-after', 'Fri, 20 Nov 2026 12:01:00 +0100'], undefined],
  [['retry-after', 'Thu, 01 Jan 1970 00:00:00 GMT'], 0],
  [['retry-after', 'garbage', 'retry-after', '9'], 9000],
  [['retry-after', '9', 'retry-after', '5'], 9000],
  [['retry-after', '5, 9'], 9000],
  [['retry-after', '60', 'retry-after-ms', '1250.4'], 1251],
  [['retry-after', '60', 'retry-after-ms', 'garbage'], 60_000],
  [['x-ratelimit-reset', '30'], 30_000],
  [['x-ratelimit-reset', String(NOW_MS / 1000 + 30)], 30_000],
  [['x-ratelimit-reset', String(NOW_MS + 30_000)], 30_000],
  [['x-ratelimit-reset', String(NOW_MS / 1000 - 30)], 0],
  [['x-ratelimit-reset', '2026-11-20T12:00:30Z'], 30_000],
  [['x-ratelimit-reset', 'soon'], undefined],
  [['x-ratelimit-reset', '30', 'x-ratelimit-remaining', '4'], undefined],
  [['x-ratelimit-reset', '30', 'x-ratelimit-remaining', '0'], 30_000],
  [['ratelimit-reset', '7'], 7000],
  [['x-ratelimit-reset-requests', '1s', 'x-ratelimit-reset-tokens', '6m0s'], 360_000],
  [['retry-after', '1', 'x-ratelimit-reset-tokens', '6m0s'], 1000],
] as const)('%j -> %p', (headers, expected) => {
  expect(parseRetryAfterMs(headers, NOW_MS)).toBe(expected)
})

test.each([
  ['37s', 37_000],
  ['1.25s', 1250],
  ['6m0s', 360_000],
  ['20ms', 20],
  ['1h2m3.5s', 3_723_500],
  ['1d', 86_400_000],
  ['', undefined],
  ['37', undefined],
  ['s', undefined],
  ['5 minutes', undefined],
  ['-5s', undefined],
])('duration %j -> %p', (text, expected) => expect(parseDurationMs(text)).toBe(expected))
