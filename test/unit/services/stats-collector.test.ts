// Requests, errors and absorbed failures of the last minutes.
import { afterEach, expect, test } from '@jest/globals'
import type { ExchangeRecord } from '../../../src/ports/exchange-record.ts'
import { StatsCollector } from '../../../src/services/stats-collector.ts'
import { anExchangeRecord } from '../../support/exchange-records.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const opened: StatsCollector[] = []
afterEach(() => {
  for (const stats of opened.splice(0)) stats.stop()
})

function open(): { stats: StatsCollector; clock: FakeClock; finish: (outcome: ExchangeRecord['outcome'], times?: number) => void } {
  const clock = new FakeClock()
  const stats = new StatsCollector(clock)
  opened.push(stats)
  const finish = (outcome: ExchangeRecord['outcome'], times = 1): void => {
    for (let i = 0; i < times; i++) stats.exchangeFinished(anExchangeRecord({ outcome }))
  }
  return { stats, clock, finish }
}

test('each outcome counts as what it is; a young process has short windows', () => {
  const { stats, clock, finish } = open()
  finish('ok', 5)
  finish('absorbed', 4)
  finish('upstream_error', 3)
  finish('exhausted', 2)
  finish('rejected')
  finish('aborted')
  clock.advance(2_500)
  expect(stats.rates()).toEqual([60, 300, 900].map(() => ({ seconds: 2.5, requests: 16, errors: 5, absorbed: 4 })))
})

test('what is older than a window leaves it, also when nobody looked for long', () => {
  const { stats, clock, finish } = open()
  finish('ok', 10)
  clock.advance(61_000)
  stats.rates()
  finish('ok', 1)
  expect(stats.rates().map(({ requests }) => requests)).toEqual([1, 11, 11])
  clock.advance(301_000)
  expect(stats.rates().map(({ requests }) => requests)).toEqual([0, 0, 11])
  expect(stats.rates()[0]?.seconds).toBeLessThanOrEqual(60)
  clock.advance(86_400_000)
  expect(stats.rates().map(({ requests }) => requests)).toEqual([0, 0, 0])
  finish('ok', 1)
  expect(stats.rates().map(({ requests }) => requests)).toEqual([1, 1, 1])
})
