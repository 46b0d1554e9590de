// Owns what happens between an exchange and its row: batches, the bounds of what waits, what is counted, what is left out.
import { afterEach, describe, expect, test } from '@jest/globals'
import { Secret } from '../../src/domain/secret.ts'
import { StoreLink } from '../../src/infrastructure/database/store-link.ts'
import { sqlite } from '../../src/infrastructure/database/sqlite/driver.ts'
import { systemClock, systemRandom } from '../../src/infrastructure/system.ts'
import { limits } from '../../src/limits.ts'
import type { Random } from '../../src/ports/random.ts'
import type { LogPage, RequestLog } from '../../src/ports/request-log.ts'
import { StoreUnavailableError } from '../../src/ports/store.ts'
import { LogSampling } from '../../src/services/log-sampling.ts'
import { RequestLogKeeper } from '../../src/services/request-log-keeper.ts'
import { RequestLogWriter } from '../../src/services/request-log-writer.ts'
import { anExchangeRecord } from '../support/exchange-records.ts'
import { FakeClock } from '../support/fake-clock.ts'

const NOW = Date.UTC(2026, 10, 20, 18, 30)
const DAY = 86_400_000

interface Logged {
  readonly event: string
  readonly fields: unknown
}

function openLink(): { link: StoreLink; attach: () => Promise<void>; lines: Logged[]; logger: ConstructorParameters<typeof RequestLogWriter>[0]['logger'] } {
  const lines: Logged[] = []
  const add = (event: string, _: string, fields?: unknown): void => void lines.push({ event, fields })
  const logger = { log: () => undefined, error: add, warn: add, info: add, debug: add, trace: add }
  const link = new StoreLink({ clock: systemClock, random: systemRandom, onChange: () => undefined })
  return { link, lines, logger, attach: async () => link.attach(await sqlite.open(new Secret('sqlite::memory:'), { clock: systemClock, role: 'server' })) }
}

async function countRows(log: RequestLog): Promise<number> {
  let rows = 0
  let page: LogPage | undefined
  do {
    page = await log.list({}, 1_000, page?.next)
    rows += page.rows.length
  } while (page.next !== undefined)
  return rows
}

async function countRequests(log: RequestLog): Promise<number> {
  const range = { fromMs: NOW - 400 * DAY, untilMs: NOW + DAY, grain: 'day', groupBy: [] } as const
  return (await log.summarize(range, { limit: 1, offset: 0 })).sums.requests
}

let open: StoreLink | undefined
afterEach(() => open?.store.close())

interface StartOptions {
  readonly decorate?: (log: RequestLog) => RequestLog
  readonly random?: Random
}

function start({ decorate = (log) => log, random = systemRandom }: StartOptions = {}) {
  const opened = openLink()
  open = opened.link
  const sampling = new LogSampling()
  const log = opened.link.requestLog
  const writer = new RequestLogWriter({ log: decorate(log), sampling, clock: systemClock, random, logger: opened.logger })
  return { ...opened, log, writer, sampling }
}

/** Every other commit is done, and nobody hears of it. */
function losingAnswers(log: RequestLog): RequestLog {
  let calls = 0
  return {
    ...log,
    append: async (batch) => {
      await log.append(batch)
      if (++calls % 2 === 1) throw new StoreUnavailableError('the connection is gone')
    },
  }
}

describe('the writer', () => {
  test('rows and sums are stored in batches, each exchange once', async () => {
    const { log, writer, attach } = start()
    await attach()
    for (let i = 0; i < 1_234; i++) writer.exchangeFinished(anExchangeRecord({ requestId: `r${i}`, startedAtMs: NOW + i }))
    await writer.close()
    expect({ rows: await countRows(log), requests: await countRequests(log), stored: writer.stored, dropped: writer.dropped, waiting: writer.waiting }).toEqual(
      {
        ...{ rows: 1_234, requests: 1_234, stored: 1_234, dropped: 0, waiting: 0 },
      },
    )
  })

  test('while the database is away the newest wait, the oldest are dropped, and exactly those are counted', async () => {
    const { log, writer, attach, lines } = start()
    const excess = 1_234
    const all = limits.requestLogQueueMax + excess
    for (let i = 0; i < all; i++) {
      writer.exchangeFinished(anExchangeRecord({ requestId: `r${i}`, startedAtMs: NOW + i }))
      if (i % 3_000 === 0) await writer.flush()
    }
    await writer.flush()
    expect([writer.waiting, writer.dropped]).toEqual([limits.requestLogQueueMax, excess])
    expect(lines.map(({ event }) => event)).toEqual(['request_log.failed'])
    await attach()
    while (writer.waiting > 0) await writer.flush()
    expect([await countRows(log), await countRequests(log), writer.dropped, writer.stored]).toEqual([all - excess, all - excess, excess, all - excess])
    expect((await log.list({ requestId: `r${all - 1}` }, 1)).rows).toHaveLength(1)
    expect(lines.map(({ event }) => event)).toEqual(['request_log.failed', 'request_log.stored'])
    await writer.close()
  })

  test('large records are bounded by their bytes', () => {
    const { writer } = start()
    const path = `/${'x'.repeat(8_000)}`
    for (let i = 0; i < 9_000; i++) writer.exchangeFinished(anExchangeRecord({ path }))
    expect(writer.waiting).toBeLessThan(limits.requestLogQueueBytesMax / path.length)
    expect(writer.waiting).toBeGreaterThan(1_000)
    expect(writer.waiting + writer.dropped).toBe(9_000)
  })

  test('a batch whose answer was lost is stored once', async () => {
    const { log, writer, attach } = start({ decorate: losingAnswers })
    await attach()
    for (let i = 0; i < 10; i++) writer.exchangeFinished(anExchangeRecord({ startedAtMs: NOW }))
    await writer.flush()
    expect([await countRows(log), writer.stored, writer.waiting]).toEqual([10, 0, 10])
    await writer.flush()
    expect([await countRows(log), await countRequests(log), writer.stored, writer.dropped]).toEqual([10, 10, 10, 0])
    await writer.close()
  })

  test('numbers that are taken are changed, and a batch that can never be stored keeps nobody waiting', async () => {
    const { log, writer, attach, lines } = start({ random: { ...systemRandom, fraction: () => 0.5 } })
    await attach()
    expect(await log.openWriter(2 ** 17, NOW)).toBe(true)
    writer.exchangeFinished(anExchangeRecord())
    await writer.flush()
    expect([writer.stored, writer.waiting]).toEqual([0, 1])
    await writer.close(50)
    expect(lines.map(({ event }) => event)).toContain('request_log.failed')

    const second = start()
    await second.attach()
    second.writer.exchangeFinished(anExchangeRecord({ startedAtMs: NOW, status: Number.NaN }))
    await second.writer.flush()
    second.writer.exchangeFinished(anExchangeRecord({ startedAtMs: NOW }))
    await second.writer.close()
    expect([second.writer.dropped, second.writer.stored, await countRows(second.log)]).toEqual([1, 1, 1])
    expect(second.lines.map(({ event }) => event)).toContain('request_log.refused')
  })

  test('what it must store at the end it stores; what it cannot store in time is counted', async () => {
    const { writer, lines } = start()
    for (let i = 0; i < 700; i++) writer.exchangeFinished(anExchangeRecord())
    await writer.close(200)
    writer.exchangeFinished(anExchangeRecord())
    expect([writer.dropped, writer.waiting, writer.stored]).toEqual([701, 0, 0])
    expect(lines.at(-1)).toMatchObject({ event: 'request_log.dropped', fields: { dropped: 700 } })
  })
})

describe('the keeper', () => {
  async function fill(writer: RequestLogWriter, count: number, daysAgo: number, changes = {}): Promise<void> {
    for (let i = 0; i < count; i++) writer.exchangeFinished(anExchangeRecord({ startedAtMs: NOW - daysAgo * DAY + i, userAgent: 'u'.repeat(250), ...changes }))
    while (writer.waiting > 0) await writer.flush()
  }

  function keep(started: ReturnType<typeof start>, bytesMax: number, days = 7) {
    return new RequestLogKeeper({ ...started, clock: new FakeClock(NOW), owner: 1, days, usageDays: 400, bytesMax })
  }

  test('what is too old goes by tables; sums stay longer', async () => {
    const started = start()
    await started.attach()
    for (const daysAgo of [0, 6, 8, 100]) await fill(started.writer, 10, daysAgo)
    const keeper = keep(started, 1_000_000_000)
    await keeper.look()
    expect([await countRows(started.log), await countRequests(started.log)]).toEqual([20, 40])
    expect(started.lines.filter(({ event }) => event === 'request_log.pruned')).toHaveLength(1)
    expect(keeper.bytes).toBeGreaterThan(0)
    await keeper.stop()
    await started.writer.close()
  })

  test('what is too large loses its oldest rows, and then not every exchange gets a row: failures do, and sums count all', async () => {
    const started = start()
    await started.attach()
    const { writer, log, sampling } = started
    for (const daysAgo of [3, 2, 1]) await fill(writer, 2_000, daysAgo)
    const small = (await log.space()).bytes / 2
    await keep(started, small).look()
    expect([sampling.every, await countRows(log)]).toEqual([1, 2_000])

    // Now it is the table of today that is too large, and it cannot go.
    await fill(writer, 4_000, 0)
    await keep(started, small).look()
    const before = await countRows(log)
    expect([sampling.every > 1, before]).toEqual([true, 4_000])
    await fill(writer, 1_000, 0, { startedAtMs: NOW })
    await fill(writer, 10, 0, { startedAtMs: NOW, outcome: 'upstream_error' })
    const added = (await countRows(log)) - before
    expect(added).toBeLessThan(1_000 / 5)
    expect((await log.list({ outcomes: ['upstream_error'] }, 100)).rows.length).toBeGreaterThan(0)
    expect([sampling.left, await countRequests(log), writer.stored, writer.dropped]).toEqual([1_010 - added, 11_010, 11_010, 0])
    expect(started.lines.map(({ event }) => event)).toContain('request_log.sampling')

    await keep(started, small * 100).look()
    expect(sampling.every).toBe(1)
    await writer.close()
  })
})
