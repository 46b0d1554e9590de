// Errors as an error tracker receives them: what is in a report, how many there are, and what a bad tracker costs.
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { afterEach, describe, expect, test } from '@jest/globals'
import { Secret } from '../../src/domain/secret.ts'
import { parseReportAddress } from '../../src/domain/report-address.ts'
import { openErrorReports } from '../../src/infrastructure/error-reports/open-error-reports.ts'
import { openLogging, type Logging } from '../../src/infrastructure/logging/open-logging.ts'
import { systemRandom } from '../../src/infrastructure/system.ts'
import { limits } from '../../src/limits.ts'
import { CanaryScanner } from '../support/canaries.ts'
import { type ErrorTracker, openErrorTracker } from '../support/error-tracker.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { findFreePort } from '../support/free-port.ts'
import { startGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'

const PRELOAD = join(import.meta.dirname, '../support/crash-on-signal.mjs')
const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

interface Stand {
  readonly logging: Logging
  readonly tracker: ErrorTracker
  readonly clock: FakeClock
  readonly lines: string[]
}

async function open(dsn?: string): Promise<Stand> {
  const [tracker, clock, lines] = [await openErrorTracker(), new FakeClock(), [] as string[]]
  const stream = new Writable({ write: (chunk: Buffer, _encoding, done) => (lines.push(chunk.toString()), done()) })
  const logging = openLogging({ stream, clock, level: 'info', format: 'json', colours: false, version: '1.2.3', instance: 'box' })
  const about = { environment: 'test', version: '1.2.3', build: 'lightweight', worker: undefined }
  logging.reportErrorsTo(openErrorReports({ ...about, address: new Secret(dsn ?? tracker.dsn), clock, random: systemRandom, logger: logging.logger }))
  closers.push(
    () => tracker.close(),
    () => logging.close(),
  )
  return { logging, tracker, clock, lines }
}

/** An error of its own kind. */
const fail = ({ logging }: Stand, kind: number): void => logging.logger.error(`kind${'abcdefghijklmnopqrstuvwxyz'[kind % 26]}.failed`, `Kind ${kind}`)
const counts = ({ logging }: Stand) => logging.errorReports() as { sent: number; failed: number; dropped: number }

test.each([
  ['https://abc@o1.example.com/42', { url: 'https://o1.example.com/api/42/envelope/', publicKey: 'abc' }],
  ['http://abc@host:9000/sub/path/7', { url: 'http://host:9000/sub/path/api/7/envelope/', publicKey: 'abc' }],
  ['https://o1.example.com/42', undefined],
  ['https://abc@o1.example.com/', undefined],
  ['ftp://abc@o1.example.com/42', undefined],
  ['nonsense', undefined],
])('address %s', (text, address) => expect(parseReportAddress(text)).toEqual(address))

test('a report says what, where, in which version and in which trace, and holds no secret', async () => {
  const stand = await open()
  const scanner = new CanaryScanner()
  const secret = scanner.create('sk-')
  const traceId = '0af7651916cd43dd8448eb211c80319c'
  stand.logging.logger.error('exchange.failed', `Failed with ${secret}`, {
    request_id: 'req_1',
    trace_id: traceId,
    span_id: 'b7ad6b7169203331',
    error: new TypeError(`bad ${secret}`).stack,
    body: secret,
  })
  stand.logging.logger.warn('x.y', 'A warning is no error')
  await until(() => counts(stand).sent === 1)
  const [{ path, auth, event }] = stand.tracker.reports as [any]
  expect(path).toBe('/api/42/envelope/')
  expect(auth).toContain('sentry_key=public7')
  expect(event).toMatchObject({
    level: 'error',
    logger: 'exchange.failed',
    release: 'api-key-rotator@1.2.3',
    environment: 'test',
    tags: { event: 'exchange.failed', build: 'lightweight' },
    extra: { request_id: 'req_1', unlisted_fields: ['body'] },
    contexts: { trace: { trace_id: traceId } },
    exception: { values: [{ type: 'TypeError' }] },
  })
  expect(event.event_id).toMatch(/^[0-9a-f]{32}$/)
  const { frames } = event.exception.values[0].stacktrace
  expect(frames.at(-1)).toMatchObject({ filename: expect.stringContaining('error-reports.test.ts'), in_app: true })
  expect(stand.tracker.texts.flatMap((text) => scanner.scan(text, 'report'))).toEqual([])
  expect(stand.tracker.texts).toHaveLength(1)
})

describe('how many', () => {
  test('one of a kind per minute; the next one says how many there were', async () => {
    const stand = await open()
    for (let i = 0; i < 10; i++) fail(stand, 0)
    await until(() => counts(stand).sent === 1)
    stand.clock.advance(60_000)
    fail(stand, 0)
    await until(() => counts(stand).sent === 2)
    expect(stand.tracker.reports[1]?.event.extra).toEqual({ suppressed: 9 })
    expect(counts(stand)).toEqual({ sent: 2, failed: 0, dropped: 9 })
  })

  test('at most a bound per minute and in the queue', async () => {
    const stand = await open()
    for (let i = 0; i < 26; i++) {
      fail(stand, i)
      await until(() => counts(stand).sent + counts(stand).dropped === i + 1)
    }
    expect(counts(stand)).toEqual({ sent: limits.errorReportsPerMinute, failed: 0, dropped: 26 - limits.errorReportsPerMinute })
  })
})

describe('a tracker', () => {
  test('that is not there costs the report and a warning, and is left alone for a while', async () => {
    const stand = await open(`http://public7@127.0.0.1:${await findFreePort()}/42`)
    fail(stand, 0)
    await until(() => counts(stand).failed === 1)
    fail(stand, 1)
    expect(counts(stand)).toEqual({ sent: 0, failed: 1, dropped: 1 })
    await until(() => stand.lines.join('').includes('error_reports.failed'))
    stand.clock.advance(limits.errorReportsPauseMs)
    fail(stand, 2)
    await until(() => counts(stand).failed === 2)
  })

  test('that has enough is asked again when it said', async () => {
    const stand = await open()
    stand.tracker.status = 429
    stand.tracker.headers = { 'retry-after': '300' }
    fail(stand, 0)
    await until(() => counts(stand).failed === 1)
    stand.tracker.status = 200
    stand.clock.advance(299_000)
    fail(stand, 1)
    expect(counts(stand)).toMatchObject({ sent: 0, dropped: 1 })
    stand.clock.advance(1_000)
    fail(stand, 2)
    await until(() => counts(stand).sent === 1)
    await until(() => stand.lines.join('').includes('error_reports.recovered'))
  })
})

test('an exception that nobody caught is reported before the process ends', async () => {
  const tracker = await openErrorTracker()
  const gateway = await startGateway({ env: { SENTRY_DSN: tracker.dsn, NODE_OPTIONS: `--import=${PRELOAD}` } })
  closers.push(
    () => tracker.close(),
    () => gateway.close(),
  )
  gateway.child.signal('SIGUSR2')
  await until(() => gateway.child.exitStatus !== undefined)
  expect(gateway.child.exitStatus?.code).toBe(1)
  expect(tracker.reports.map(({ event }) => [event.level, event.logger, event.exception.values[0].value])).toEqual([
    ['fatal', 'gateway.crashed', 'thrown by the test'],
  ])
  expect(gateway.child.stdout).not.toContain('public7')
})
