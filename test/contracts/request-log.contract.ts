// What every database promises the request log.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { GRAIN_MS, segmentOf, tableOf } from '../../src/domain/log-segment.ts'
import type { ExchangeRecord } from '../../src/ports/exchange-record.ts'
import type { LogFilter, LoggedExchange, RequestLog, UsageQuery } from '../../src/ports/request-log.ts'
import { StoreUnavailableError, UniqueViolationError } from '../../src/ports/store.ts'
import type { EventStore } from '../../src/ports/store.ts'
import { anExchangeRecord } from '../support/exchange-records.ts'
import { BatchMaker } from '../support/log-batches.ts'

export interface RequestLogUnderTest {
  readonly requestLog: RequestLog
  readonly events: EventStore
  close(): Promise<void>
}

const DAY = GRAIN_MS.day
const NOON = Date.UTC(2026, 10, 20, 12)
const NOTHING_OLD = { request: 0, minute: 0, hour: 0, day: 0 }

/** @param open a new, empty database each time */
export function describeRequestLog(name: string, open: () => Promise<RequestLogUnderTest>): void {
  describe(`request log contract: ${name}`, () => {
    let current: RequestLogUnderTest
    let log: RequestLog
    let maker: BatchMaker
    beforeEach(async () => {
      current = await open()
      log = current.requestLog
      maker = new BatchMaker(1)
      expect(await log.openWriter(1, NOON)).toBe(true)
    })
    afterEach(() => current.close())

    test('every field of a row comes back', async () => {
      const full = anExchangeRecord({
        ...{ requestId: 'req_full', startedAtMs: NOON, durationMs: 1234.567, overheadMs: 0.305, firstByteMs: 20.25, route: 'маршрут 🔑', model: 'модель-🤖' },
        ...{ accountId: 'acc_1', stream: true, attempts: 2, outcome: 'absorbed', kind: 'generic', errorCode: 'x', path: '/v1/ünï?'.slice(0, 7) },
        ...{ bytesIn: 5_000_000_000, bytesOut: 7, isUsageEstimated: true, costMicroUsd: 0, userAgent: 'it\'s "quoted" \\ 🤖' },
        usage: { input: 100, output: 20, cacheRead: 30, cacheWrite: 4, reasoning: 5 },
        trace: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), parentSpanId: '', isSampled: true },
        tries: [
          { keyId: 'key_1', host: 'a.test:443', startMs: 0.5, durationMs: 10.001, status: 429, result: 'rate_limited', reason: 'it said so' },
          { keyId: 'key_2', host: 'a.test:443', startMs: 11, durationMs: 1200, status: 200, result: 'ok', reason: '' },
        ],
      })
      const bare = anExchangeRecord({ requestId: 'req_bare', startedAtMs: NOON + 5_000, overheadMs: undefined, firstByteMs: undefined })
      await log.append(maker.make([full, bare]))
      const { rows, next } = await log.list({}, 10)
      expect(next).toBeUndefined()
      expect(rows.map(shown)).toEqual([shown(bare), shown(full)])
      expect(rows.map(({ traceId }) => traceId)).toEqual(['', 'a'.repeat(32)])
      expect((await log.list({ requestId: 'req_full' }, 10)).rows.map(({ requestId }) => requestId)).toEqual(['req_full'])
    })

    test('what a client wrote cannot make a batch fail', async () => {
      const odd = ['a\0b', '\ud800', 'x'.repeat(128), "'; drop table requests;--", '\\', '\u2028', '%_!', '']
      await log.append(maker.make(odd.map((model) => anExchangeRecord({ model, startedAtMs: NOON, userAgent: model, path: model }))))
      const { rows } = await log.list({}, 10)
      expect(rows.map(({ model }) => model).sort()).toEqual(
        ['', '%_!', "'; drop table requests;--", '\\', 'a\ufffdb', 'x'.repeat(128), '\u2028', '\ufffd'].sort(),
      )
    })

    test('pages are newest first, over midnight and six-hour tables, and stable while rows are added', async () => {
      const records = Array.from({ length: 250 }, (_, i) =>
        anExchangeRecord({ requestId: `r${i}`, startedAtMs: NOON + i * 10 * GRAIN_MS.minute, durationMs: 0 }),
      )
      for (let i = 0; i < records.length; i += 100) await log.append(maker.make(records.slice(i, i + 100)))
      const seen: string[] = []
      let before
      do {
        const page = await log.list({}, 30, before)
        seen.push(...page.rows.map(({ requestId }) => requestId))
        before = page.next
        // Newer ones, and one between those that are still to come: neither may shift what is there.
        await log.append(
          maker.make([anExchangeRecord({ requestId: 'newer', startedAtMs: NOON + 10 * DAY }), anExchangeRecord({ requestId: 'late', startedAtMs: NOON })]),
        )
      } while (before !== undefined)
      expect(seen.filter((id) => !['newer', 'late'].includes(id))).toEqual(records.map(({ requestId }) => requestId).reverse())
      expect(seen).not.toContain('newer')
    })

    test.each<[string, LogFilter]>([
      ['upstream', { upstream: 'wanted' }],
      ['route', { route: 'wanted' }],
      ['client key', { clientKeyId: 'wanted' }],
      ['account', { accountId: 'wanted' }],
      ['model', { model: 'wanted' }],
      ['key', { keyId: 'wanted' }],
      ['status', { statusMin: 500, statusMax: 599 }],
      ['outcome', { outcomes: ['exhausted', 'aborted'] }],
      ['error code', { errorCode: 'wanted' }],
      ['duration', { durationMsMin: 5_000 }],
      ['request id', { requestId: 'wanted' }],
      ['search', { search: 'WANT_D%' }],
      ['time', { fromMs: NOON + 60_000, untilMs: NOON + 61_000 }],
    ])('filter: %s', async (_, filter) => {
      const wanted = anExchangeRecord({
        ...{ upstream: 'wanted', route: 'wanted', clientKeyId: 'wanted', accountId: 'wanted', model: 'wanted', keyId: 'wanted', status: 503 },
        ...{ outcome: 'exhausted', errorCode: 'wanted', durationMs: 5_000, requestId: 'wanted', path: '/is/want_d%/here', startedAtMs: NOON + 55_000 },
      })
      const others = Array.from({ length: 20 }, (__, i) =>
        anExchangeRecord({ requestId: `r${i}`, startedAtMs: NOON + i * 5 * GRAIN_MS.minute, durationMs: 0, path: '/wanted' }),
      )
      await log.append(maker.make([...others, wanted]))
      const { rows, next } = await log.list(filter, 10)
      expect(rows.map(({ requestId }) => requestId)).toEqual(['wanted'])
      expect(next).toBeUndefined()
    })

    test('a batch is stored once, however often it is appended; of a batch that fails nothing is stored', async () => {
      const batch = maker.make([anExchangeRecord({ startedAtMs: NOON })])
      await log.append(batch)
      await log.append(batch)
      expect((await log.list({}, 10)).rows).toHaveLength(1)
      const clash = maker.make([anExchangeRecord({ startedAtMs: NOON, requestId: 'second' }), anExchangeRecord({ startedAtMs: NOON, requestId: 'third' })])
      const taken = { ...clash, entries: clash.entries.map((entry, i) => (i === 1 ? { ...entry, position: batch.entries[0]!.position } : entry)) }
      await expect(log.append(taken)).rejects.toBeInstanceOf(UniqueViolationError)
      expect((await log.list({}, 10)).rows).toHaveLength(1)
      expect((await usage(log)).sums.requests).toBe(1)
      await log.append(clash)
      expect((await log.list({}, 10)).rows).toHaveLength(3)
      expect((await usage(log)).sums.requests).toBe(3)
    })

    test('several writers add to the same sums at once, and nothing is lost', async () => {
      const writers = await Promise.all(
        Array.from({ length: 6 }, async (_, i) => {
          expect(await log.openWriter(10 + i, NOON)).toBe(true)
          return new BatchMaker(10 + i)
        }),
      )
      expect(await log.openWriter(10, NOON)).toBe(false)
      const records = Array.from({ length: 50 }, (_, i) => anExchangeRecord({ startedAtMs: NOON + i, upstream: `up-${i % 7}`, clientKeyId: `cli-${i % 3}` }))
      for (let round = 0; round < 4; round++) await Promise.all(writers.map((writer) => log.append(writer.make(records))))
      expect((await usage(log)).sums.requests).toBe(6 * 4 * 50)
      let rows = 0
      for (let page = await log.list({}, 1_000); ; page = await log.list({}, 1_000, page.next)) {
        rows += page.rows.length
        if (page.next === undefined) break
      }
      expect(rows).toBe(1_200)
    })

    test('sums agree with the rows, by whatever they are grouped and whatever part of time is asked for', async () => {
      const records = Array.from({ length: 600 }, (_, i) =>
        anExchangeRecord({
          ...{
            requestId: `r${i}`,
            startedAtMs: NOON - 2 * DAY + i * 7 * GRAIN_MS.minute,
            durationMs: 1.5,
            upstream: `up-${i % 3}`,
            clientKeyId: `cli-${i % 4}`,
          },
          ...{ model: i % 2 === 0 ? 'big' : 'small', accountId: i % 5 === 0 ? 'acc_1' : '', outcome: i % 10 === 0 ? 'upstream_error' : 'ok', costMicroUsd: i },
          usage: { input: i, output: 2, cacheRead: 1, cacheWrite: 0, reasoning: 1 },
        }),
      )
      for (let i = 0; i < records.length; i += 150) await log.append(maker.make(records.slice(i, i + 150)))
      for (const [fromMs, untilMs] of [
        [NOON - 2 * DAY, NOON + DAY],
        [NOON - 2 * DAY + 17 * GRAIN_MS.minute, NOON + 3 * GRAIN_MS.hour + GRAIN_MS.minute],
        [NOON + GRAIN_MS.minute, NOON + 50 * GRAIN_MS.minute],
      ] as const) {
        const inside = records.filter(({ startedAtMs, durationMs }) => startedAtMs + durationMs >= fromMs && startedAtMs + durationMs < untilMs)
        const all = await usage(log, { fromMs, untilMs, groupBy: ['model', 'day'] })
        expect(all.sums).toMatchObject({
          requests: inside.length,
          input: sum(inside, ({ usage }) => usage!.input),
          costMicroUsd: sum(inside, ({ costMicroUsd }) => costMicroUsd!),
        })
        expect(sum(all.rows, ({ requests }) => requests)).toBe(inside.length)
        expect(all.rows.map(({ bucketMs }) => bucketMs)).toEqual(all.rows.map(({ bucketMs }) => bucketMs!).sort((a, b) => a - b))
        const mine = await usage(log, { fromMs, untilMs, groupBy: ['client_key', 'upstream'], accountId: 'acc_1' })
        const own = inside.filter(({ accountId }) => accountId === 'acc_1')
        expect(mine.sums).toMatchObject({ requests: own.length, upstreamError: own.filter(({ outcome }) => outcome !== 'ok').length })
        expect(mine.total).toBe(new Set(own.map(({ clientKeyId, upstream }) => clientKeyId + upstream)).size)
      }
      const second = await usage(log, { groupBy: ['client_key'] }, { limit: 2, offset: 2 })
      expect(second).toMatchObject({ total: 4, rows: [{ requests: 150 }, { requests: 150 }] })
      expect(second.rows[0]).not.toHaveProperty('model')
    })

    test('retention drops whole tables, rows and sums each by their own age', async () => {
      for (const days of [0, 1, 8, 100]) await log.append(maker.make([anExchangeRecord({ requestId: `r${days}`, startedAtMs: NOON - days * DAY })]))
      const ages = { request: NOON - 7 * DAY, minute: NOON - 7 * DAY, hour: NOON - 90 * DAY, day: 0 }
      const dropped = await log.dropOld(ages)
      expect(dropped).toContain(tableOf(segmentOf('request', NOON - 8 * DAY)))
      expect(dropped).toHaveLength(4)
      expect((await log.list({}, 10)).rows.map(({ requestId }) => requestId)).toEqual(['r0', 'r1'])
      expect((await usage(log, { fromMs: NOON - 200 * DAY, untilMs: NOON + DAY, grain: 'day' })).sums.requests).toBe(4)
      expect(await log.dropOld(ages)).toEqual([])
      // What comes late for a table that is gone makes it again.
      await log.append(maker.make([anExchangeRecord({ requestId: 'late', startedAtMs: NOON - 8 * DAY })]))
      expect((await log.list({}, 10)).rows).toHaveLength(3)
    })

    test('a writer does not mind that its tables are dropped, nor that it was forgotten', async () => {
      await log.append(maker.make([anExchangeRecord({ startedAtMs: NOON })]))
      await log.dropOld({ ...NOTHING_OLD, request: NOON + DAY })
      expect((await log.list({}, 10)).rows).toEqual([])
      await log.append(maker.make([anExchangeRecord({ startedAtMs: NOON })]))
      expect((await log.list({}, 10)).rows).toHaveLength(1)
    })

    test('the oldest table goes when space is wanted, never the one that is being written', async () => {
      for (const days of [0, 1, 2]) await log.append(maker.make([anExchangeRecord({ startedAtMs: NOON - days * DAY })]))
      const oldest = [2, 1].map((days) => tableOf(segmentOf('request', NOON - days * DAY)))
      expect([await log.dropOldest(NOON), await log.dropOldest(NOON)]).toEqual(oldest)
      expect([await log.dropOldest(NOON), await log.dropOldest(NOON)].every((name) => name?.startsWith('usage_minute_'))).toBe(true)
      expect(await log.dropOldest(NOON)).toBeUndefined()
      expect((await log.list({}, 10)).rows).toHaveLength(1)
    })

    test('it knows what it takes, and gives back what it does not need', async () => {
      const records = Array.from({ length: 3_000 }, (_, i) => anExchangeRecord({ requestId: `r${i}`, startedAtMs: NOON - DAY + i, userAgent: 'u'.repeat(250) }))
      const before = (await log.space()).bytes
      for (let i = 0; i < records.length; i += 500) await log.append(maker.make(records.slice(i, i + 500)))
      const full = (await log.space()).bytes
      expect(full - before).toBeGreaterThan(3_000 * 300)
      await log.dropOldest(NOON)
      expect((await log.space()).bytes).toBeLessThan(before + (full - before) / 2)
      while (await log.compact());
      expect((await log.space()).freeBytes).toBeLessThan(64 * 1024)
    })

    test('one process at a time has the turn to drop', async () => {
      const claims = await Promise.all([1, 2, 3].map((owner) => log.claimRetention(owner, NOON, 60_000)))
      expect(claims.filter((isMine) => isMine)).toHaveLength(1)
      const holder = claims.indexOf(true) + 1
      expect(await log.claimRetention(holder, NOON + 1_000, 60_000)).toBe(true)
      expect(await log.claimRetention(holder + 1, NOON + 60_999, 60_000)).toBe(false)
      expect(await log.claimRetention(holder + 1, NOON + 61_000, 60_000)).toBe(true)
    })

    test('after close every call says that it is gone', async () => {
      await current.events.close()
      await expect(log.append(maker.make([anExchangeRecord()]))).rejects.toBeInstanceOf(StoreUnavailableError)
      await expect(log.list({}, 1)).rejects.toBeInstanceOf(StoreUnavailableError)
    })
  })
}

function usage(log: RequestLog, query: Partial<UsageQuery> = {}, page = { limit: 1_000, offset: 0 }) {
  return log.summarize({ fromMs: NOON - 10 * DAY, untilMs: NOON + 10 * DAY, grain: 'minute', groupBy: [], ...query }, page)
}

/** What a row and the record it was made from have in common. */
function shown(exchange: LoggedExchange | ExchangeRecord): Partial<ExchangeRecord> {
  const { position: _, traceId: __, trace: ___, startedAtMs, ...rest } = exchange as LoggedExchange & ExchangeRecord
  return { ...rest, startedAtMs: Math.round(startedAtMs / 10) }
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0)
}
