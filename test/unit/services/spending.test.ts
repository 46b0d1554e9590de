// Budgets by a clock that the test owns: days and months, restarts, lost answers of the database, and a shared store that comes and goes.
import { describe, expect, test } from '@jest/globals'
import { type Budget, MICRO_USD, periodAt, renderAmount } from '../../../src/domain/budget.ts'
import { Secret } from '../../../src/domain/secret.ts'
import { NO_USAGE } from '../../../src/domain/usage.ts'
import type { GatewayError } from '../../../src/errors.ts'
import { MemoryAmounts } from '../../../src/infrastructure/cache/memory/memory-amounts.ts'
import { sqlite } from '../../../src/infrastructure/database/sqlite/driver.ts'
import { MetricCounts } from '../../../src/infrastructure/metrics/metric-counts.ts'
import { systemRandom } from '../../../src/infrastructure/system.ts'
import { CacheUnavailableError } from '../../../src/ports/cache.ts'
import type { AmountStore } from '../../../src/ports/amount-store.ts'
import type { Logger } from '../../../src/ports/logger.ts'
import { type Store, StoreUnavailableError } from '../../../src/ports/store.ts'
import { estimateTokens } from '../../../src/proxy/spending-estimate.ts'
import { SharedCounts } from '../../../src/services/shared-counts.ts'
import { LocalCounts, type SpendingCounts } from '../../../src/services/spending-counts.ts'
import { SpendingLedger } from '../../../src/services/spending-ledger.ts'
import { SpendingLimiter } from '../../../src/services/spending-limiter.ts'
import { metersOf, type SpendingMeter } from '../../../src/services/spending-meters.ts'
import { limits } from '../../../src/limits.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { aClientKey } from '../../support/rows.ts'

const log = (): void => undefined
const logger: Logger = { log, error: log, warn: log, info: log, debug: log }
const usageOf = (tokens: number): typeof NO_USAGE => ({ ...NO_USAGE, input: tokens })

/** One process: its ledger and its limiter. */
function openProcess(clock: FakeClock, store: Pick<Store, 'spending' | 'transaction'>, writer: string, countsOf?: (ledger: SpendingLedger) => SpendingCounts) {
  const ledger = new SpendingLedger({ store, clock, logger, writer })
  const counts = countsOf?.(ledger) ?? new LocalCounts(new MemoryAmounts({ clock }))
  const limiter = new SpendingLimiter({ counts, ledger, clock, random: systemRandom, metrics: new MetricCounts() })
  const spend = async (meters: readonly SpendingMeter[], reserved: number, taken: number, costMicroUsd?: number): Promise<string> => {
    try {
      const place = await limiter.reserve(meters, { tokens: reserved, costMicroUsd })
      place.settle(usageOf(taken), costMicroUsd)
      place.release()
      return 'ok'
    } catch (error) {
      return (error as GatewayError).code
    }
  }
  return { ledger, limiter, spend }
}

async function openStore(clock: FakeClock): Promise<Store> {
  return (await sqlite.open(new Secret('sqlite::memory:'), { clock, role: 'server' })).store
}

const budgeted = (budget: Budget): readonly SpendingMeter[] => metersOf(aClientKey({ budget })) as readonly SpendingMeter[]

test('the calendar of UTC: days, months, and their ends', () => {
  const at = (text: string): number => Date.parse(text)
  expect(periodAt('day', at('2026-02-28T23:59:59.999Z'))).toEqual({
    name: '2026-02-28',
    startsAtMs: at('2026-02-28T00:00:00Z'),
    endsAtMs: at('2026-03-01T00:00:00Z'),
  })
  expect(periodAt('month', at('2026-12-31T23:59:59.999Z'))).toEqual({
    name: '2026-12',
    startsAtMs: at('2026-12-01T00:00:00Z'),
    endsAtMs: at('2027-01-01T00:00:00Z'),
  })
  expect(periodAt('month', at('2027-01-01T00:00:00Z')).name).toBe('2027-01')
})

test('money is shown to the last digit that counts', () => {
  expect([12_500_000, 1, 1_050, 10 * MICRO_USD].map((amount) => renderAmount('usd', amount))).toEqual(['$12.50', '$0.000001', '$0.00105', '$10.00'])
})

describe('days and months', () => {
  test('a new month begins anew; what began before counts where it began', async () => {
    const clock = new FakeClock(Date.parse('2026-11-30T23:59:58Z'))
    const store = await openStore(clock)
    const { limiter, spend, ledger } = openProcess(clock, store, 'one')
    const meters = budgeted({ unit: 'tokens', amount: 100, period: 'month' })
    expect(await spend(meters, 50, 100)).toBe('ok')
    expect(await spend(meters, 1, 1)).toBe('budget_exceeded')
    const [budget] = meters as [SpendingMeter]
    expect(await limiter.look(budget)).toEqual({ spent: 100, reserved: 0, resetsAtMs: Date.parse('2026-12-01T00:00:00Z') })
    clock.advance(1_999)
    expect(await spend(meters, 1, 1)).toBe('budget_exceeded')
    clock.advance(1)
    const late = await limiter.reserve(meters, { tokens: 40, costMicroUsd: undefined })
    expect(await limiter.look(budget)).toEqual({ spent: 0, reserved: 40, resetsAtMs: Date.parse('2027-01-01T00:00:00Z') })
    await ledger.flush()
    expect(Object.fromEntries(await store.spending.findAll([`${budget.id}:2026-11`]))).toEqual({ [`${budget.id}:2026-11`]: 100 })
    clock.advance(31 * 86_400_000)
    late.settle(usageOf(30), undefined)
    expect(await limiter.look(budget)).toMatchObject({ spent: 0, reserved: 0 })
    await ledger.flush()
    // The month before is over for long enough to be forgotten.
    expect(Object.fromEntries(await store.spending.findAll([`${budget.id}:2026-11`, `${budget.id}:2026-12`]))).toEqual({ [`${budget.id}:2026-12`]: 30 })
  })

  test('a refusal waits for the end of the day, in whole seconds', async () => {
    const clock = new FakeClock(Date.parse('2026-11-21T23:00:00.500Z'))
    const { limiter, spend } = openProcess(clock, await openStore(clock), 'one')
    const meters = budgeted({ unit: 'usd', amount: 1_000, period: 'day' })
    expect(await spend(meters, 0, 0, 1_000)).toBe('ok')
    const refusal = (await Promise.resolve()
      .then(() => limiter.reserve(meters, { tokens: 0, costMicroUsd: 1 }))
      .catch((error: unknown) => error)) as GatewayError
    expect(refusal.details).toMatchObject({ retryAfterMs: 3_599_500, shouldRetry: false })
    expect(refusal.message).toContain('$0.001 per day, is spent: $0.001 since 2026-11-21. It begins anew at 2026-11-22T00:00:00.000Z')
  })

  test('what vendors count wrongly gives nothing back', async () => {
    const clock = new FakeClock()
    const { limiter, spend } = openProcess(clock, await openStore(clock), 'one')
    const meters = budgeted({ unit: 'tokens', amount: 100, period: 'month' })
    for (const wrong of [-50, Number.NaN, Number.NEGATIVE_INFINITY]) expect(await spend(meters, 1, wrong)).toBe('ok')
    expect(await limiter.look(meters[0] as SpendingMeter)).toMatchObject({ spent: 0, reserved: 0 })
  })
})

describe('the database', () => {
  test('a restart knows what was spent; two processes write without losing anything', async () => {
    const clock = new FakeClock()
    const store = await openStore(clock)
    const meters = budgeted({ unit: 'tokens', amount: 1_000, period: 'month' })
    const [one, two] = [openProcess(clock, store, 'one'), openProcess(clock, store, 'two')]
    for (let i = 0; i < 5; i++) expect([await one.spend(meters, 1, 30), await two.spend(meters, 1, 20)]).toEqual(['ok', 'ok'])
    await Promise.all([one.ledger.stop(), two.ledger.stop()])
    expect(await openProcess(clock, store, 'three').limiter.look(meters[0] as SpendingMeter)).toMatchObject({ spent: 250 })
  })

  test('a commit whose answer was lost is not stored twice, and what cannot be stored is kept', async () => {
    const clock = new FakeClock()
    const store = await openStore(clock)
    const meters = budgeted({ unit: 'tokens', amount: 1_000, period: 'month' })
    let fault: 'none' | 'before' | 'after' = 'none'
    const shaky: Pick<Store, 'spending' | 'transaction'> = {
      spending: store.spending,
      transaction: async (work) => {
        if (fault === 'before') throw new StoreUnavailableError('away')
        const result = await store.transaction(work)
        if (fault === 'after') throw new StoreUnavailableError('the answer was lost')
        return result
      },
    }
    const { spend, ledger } = openProcess(clock, shaky, 'one')
    expect(await spend(meters, 1, 30)).toBe('ok')
    for (fault of ['before', 'after', 'after'] as const) await expect(ledger.flush()).rejects.toThrow(StoreUnavailableError)
    expect(await spend(meters, 1, 12)).toBe('ok')
    fault = 'none'
    await ledger.flush()
    expect(await openProcess(clock, store, 'two').limiter.look(meters[0] as SpendingMeter)).toMatchObject({ spent: 42 })
  })

  test('nobody knows what was spent: refused, not guessed', async () => {
    const clock = new FakeClock()
    const away: Pick<Store, 'spending' | 'transaction'> = {
      spending: { findAll: () => Promise.reject(new StoreUnavailableError('away')) } as unknown as Store['spending'],
      transaction: () => Promise.reject(new StoreUnavailableError('away')),
    }
    const { spend } = openProcess(clock, away, 'one')
    expect(await spend(budgeted({ unit: 'tokens', amount: 10, period: 'day' }), 1, 1)).toBe('degraded')
    // Windows of tokens need nobody's memory.
    expect(await spend(metersOf(aClientKey({ limits: { tpm: 10 } })) ?? [], 1, 1)).toBe('ok')
  })
})

describe('a shared store that goes away', () => {
  const N = 4

  test('each process spends its part of what was left, and forgets nothing when it is back', async () => {
    const clock = new FakeClock()
    const store = await openStore(clock)
    const server = new MemoryAmounts({ clock })
    let isGone = false
    const reach = <K extends keyof AmountStore>(name: K): AmountStore[K] =>
      (async (...parameters: unknown[]) => {
        if (isGone) throw new CacheUnavailableError('gone')
        return (server[name] as (...all: unknown[]) => unknown)(...parameters)
      }) as AmountStore[K]
    const amounts: AmountStore = {
      reserve: reach('reserve'),
      look: reach('look'),
      settle: reach('settle'),
      renew: reach('renew'),
      raise: reach('raise'),
      add: reach('add'),
    }
    const ping = async (): Promise<void> => {
      if (isGone) throw new CacheUnavailableError('gone')
    }
    const processes = Array.from({ length: N }, (_, i) =>
      openProcess(
        clock,
        store,
        `process-${i}`,
        (ledger) => new SharedCounts({ cache: { ping }, store: amounts, local: new MemoryAmounts({ clock }), clock, replicaCount: () => N, ledger }),
      ),
    )
    const meters = metersOf(aClientKey({ budget: { unit: 'tokens', amount: 1_000, period: 'month' }, limits: { tpm: 100_000 } })) as readonly SpendingMeter[]
    for (const { spend } of processes) expect(await spend(meters, 50, 50)).toBe('ok')
    // What was spent in the last half second the others cannot know.
    await Promise.all(processes.map(({ ledger }) => ledger.flush()))
    isGone = true
    let spent = 60 * N
    for (const { spend } of processes) expect(await spend(meters, 10, 10)).toBe('ok')
    for (const { spend } of processes) {
      while ((await spend(meters, 10, 10)) === 'ok') spent += 10
    }
    expect(spent).toBe(1_000)
    isGone = false
    const budget = meters.find(({ name }) => name === 'budget') as SpendingMeter
    const window = meters.find(({ name }) => name === 'tpm') as SpendingMeter
    const deadlineMs = Date.now() + 10_000
    const sumsOf = async (): Promise<unknown[]> =>
      Promise.all(processes.flatMap(({ limiter }) => [budget, window].map(async (meter) => (await limiter.look(meter)).spent)))
    while ((await sumsOf()).some((sum) => sum !== 1_000) && Date.now() < deadlineMs) await new Promise((resolve) => setTimeout(resolve, 20))
    expect(await sumsOf()).toEqual(Array.from({ length: 2 * N }, () => 1_000))
    for (const { spend } of processes) expect(await spend(meters, 1, 1)).toBe('budget_exceeded')
  })
})

describe('what a request is reckoned to take', () => {
  const of = (value: unknown): { input: number; output: number } => {
    const body = Buffer.from(JSON.stringify(value))
    return estimateTokens(body, body.length, true)
  }

  test.each([
    [{ max_tokens: 100 }, 100],
    [{ max_completion_tokens: 7, n: 3 }, 21],
    [{ max_output_tokens: 9 }, 9],
    [{ generationConfig: { maxOutputTokens: 50, candidateCount: 2 } }, 100],
    [{ options: { num_predict: 12 } }, 12],
    [{ model: 'm' }, limits.outputTokensAssumed],
    [{ max_tokens: -5 }, limits.outputTokensAssumed],
    [{ max_tokens: '9' }, limits.outputTokensAssumed],
    [{ max_tokens: 1e300 }, limits.outputTokensMax],
    [{ messages: [{ max_tokens: 1 }] }, limits.outputTokensAssumed],
  ])('%j', (body, output) => expect(of(body).output).toBe(output))

  test('the input by its bytes; pictures count as pictures, long texts as texts', () => {
    const text = (chars: string): unknown => ({ messages: [{ role: 'user', content: chars }] })
    expect(of(text('word '.repeat(10_000))).input).toBeGreaterThan(10_000)
    expect(of(text('漢'.repeat(10_000))).input).toBeGreaterThan(10_000)
    const picture = Buffer.alloc(300_000, 7).toString('base64')
    for (const body of [text(`data:image/png;base64,${picture}`), { source: { type: 'base64', data: picture } }]) {
      expect(of(body).input).toBeLessThan(limits.mediaTokens + 100)
      expect(of(body).input).toBeGreaterThan(limits.mediaTokens)
    }
  })

  test('a body that is not read: by its length', () => {
    expect(estimateTokens(undefined, 30_000, true)).toEqual({ input: 10_000, output: limits.outputTokensAssumed })
    expect(estimateTokens(Buffer.alloc(300), -1, false)).toEqual({ input: 100, output: limits.outputTokensAssumed })
  })
})
