// What waits for the collector: how much of it, what is lost when there is more, and that requests do not notice.
import { expect, test } from '@jest/globals'
import { SpanQueue } from '../../src/infrastructure/tracing/span-queue.ts'
import { limits } from '../../src/limits.ts'
import { anExchangeRecord } from '../support/exchange-records.ts'
import { until } from '../support/until.ts'

const trace = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), parentSpanId: '', isSampled: true }
const attempt = { keyId: 'key_1', host: 'h:1', startMs: 0, durationMs: 1, status: 200, result: 'ok', reason: '' }
const record = anExchangeRecord({ trace, tries: [attempt, attempt] })
const SPANS = 3

interface Sending {
  readonly count: number
  readonly done: (error?: Error) => void
}

function open(): { queue: SpanQueue; sending: Sending[]; lines: string[] } {
  const [sending, lines] = [[] as Sending[], [] as string[]]
  const note = (event: string): void => void lines.push(event)
  const queue = new SpanQueue({
    render: ({ tries }) => Array.from({ length: 1 + tries.length }, () => ({}) as never),
    send: (spans) =>
      new Promise((resolve, reject) => sending.push({ count: spans.length, done: (error) => (error === undefined ? resolve() : reject(error)) })),
    isChosen: () => false,
    logger: { log: () => undefined, error: note, warn: note, info: note, debug: note },
  })
  return { queue, sending, lines }
}

const fill = (queue: SpanQueue, count: number): void => {
  for (let i = 0; i < count; i++) queue.exchangeFinished(record)
}

test('a collector that hangs gets a few batches, then the queue fills, then what comes is dropped and counted exactly', async () => {
  const { queue, sending, lines } = open()
  const underWay = limits.traceExportsMax * limits.traceBatchMax
  fill(queue, underWay + limits.traceQueueMax + 7)
  expect(sending.map(({ count }) => count)).toEqual(Array(limits.traceExportsMax).fill(limits.traceBatchMax * SPANS))
  expect(queue.counts).toEqual({ exported: 0, failed: 0, dropped: 7 * SPANS })
  for (let done = 0; done < (underWay + limits.traceQueueMax) / limits.traceBatchMax; done++) {
    await until(() => sending.length > done)
    sending[done]?.done()
  }
  await until(() => queue.counts.exported === (underWay + limits.traceQueueMax) * SPANS)
  expect(queue.counts).toMatchObject({ failed: 0, dropped: 7 * SPANS })
  expect(lines).toEqual([])
})

test('what fails is counted and said once', async () => {
  const { queue, sending, lines } = open()
  fill(queue, 2 * limits.traceBatchMax)
  for (const { done } of sending) done(new Error('refused'))
  await until(() => queue.counts.failed === 2 * limits.traceBatchMax * SPANS)
  expect(lines).toEqual(['tracing.failed'])
  fill(queue, limits.traceBatchMax)
  await until(() => sending.length === 3)
  sending[2]?.done()
  await until(() => lines.length === 2)
  expect(lines).toEqual(['tracing.failed', 'tracing.recovered'])
})

test('only what is sampled is kept, and of strangers only what the ratio wants', async () => {
  const { queue, sending } = open()
  queue.exchangeFinished(anExchangeRecord({ trace: { ...trace, isSampled: false } }))
  queue.exchangeFinished(anExchangeRecord({ trace: undefined }))
  queue.exchangeFinished(anExchangeRecord({ trace: { ...trace, parentSpanId: 'c'.repeat(16) }, clientKeyId: '' }))
  queue.exchangeFinished(anExchangeRecord({ trace: { ...trace, parentSpanId: 'c'.repeat(16) }, clientKeyId: 'cli_1' }))
  const closed = queue.close()
  expect(sending.map(({ count }) => count)).toEqual([1])
  sending[0]?.done()
  await closed
  expect(queue.counts).toEqual({ exported: 1, failed: 0, dropped: 0 })
  queue.exchangeFinished(record)
  expect(queue.counts.dropped).toBe(SPANS)
})
