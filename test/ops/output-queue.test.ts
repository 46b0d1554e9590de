import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from '@jest/globals'
import { OutputQueue } from '../../src/infrastructure/logging/output-queue.ts'
import { limits } from '../../src/limits.ts'

/** A stream that takes one batch and holds it until it is told to go on. */
function stuck(): { stream: Writable; taken: string[]; release: () => void } {
  const taken: string[] = []
  let waiting: (() => void) | undefined
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      taken.push(chunk.toString())
      waiting = done
    },
  })
  return { stream, taken, release: () => waiting?.() }
}

const renderDropped = (count: number): string => `dropped ${count}`

test('lines are written in one batch; above the bound the oldest go, are counted exactly and reported before what follows', async () => {
  const { stream, taken, release } = stuck()
  const queue = new OutputQueue({ stream, linesMax: 10, bytesMax: 1_000, flushMs: 0, renderDropped })
  for (let i = 0; i < 3; i++) queue.write(`line ${i}`)
  const batches = async (count: number): Promise<void> => {
    while (taken.length < count) await new Promise((resolve) => setImmediate(resolve))
  }
  await batches(1)
  expect(taken).toEqual(['line 0\nline 1\nline 2\n'])
  for (let i = 3; i < 30; i++) queue.write(`line ${i}`)
  expect(queue.dropped).toBe(17)
  release()
  await batches(2)
  expect(taken[1]).toBe(`dropped 17\n${Array.from({ length: 10 }, (_, i) => `line ${i + 20}\n`).join('')}`)
  queue.write('x'.repeat(900))
  queue.write('y'.repeat(900))
  queue.write('z'.repeat(2_000))
  expect(queue.dropped).toBe(20)
  release()
  await queue.close(100)
})

test('close writes what is waiting, and gives up on a stuck reader with an exact count', async () => {
  const lines: string[] = []
  const good = new OutputQueue({
    stream: new Writable({ write: (chunk: Buffer, _encoding, done) => (lines.push(chunk.toString()), setImmediate(done)) }),
    linesMax: 1e6,
    bytesMax: 1e9,
    renderDropped,
  })
  for (let i = 0; i < 20_000; i++) good.write(`line ${i}`)
  await good.close(5_000)
  await good.close(5_000)
  expect(lines.join('').split('\n')).toHaveLength(20_001)
  expect(good.dropped).toBe(0)

  const { stream } = stuck()
  const bad = new OutputQueue({ stream, linesMax: 100, bytesMax: 1e9, batchBytes: 10, renderDropped })
  for (let i = 0; i < 50; i++) bad.write(`line ${i}`)
  await bad.close(20)
  bad.write('late')
  // Two lines of seven characters make up the batch in flight.
  expect(bad.dropped).toBe(50 - 2 + 1)
})

test('a reader that is gone for good does not matter', async () => {
  const stream = new Writable({ write: (_chunk, _encoding, done) => done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })) })
  const queue = new OutputQueue({ stream, linesMax: 10, bytesMax: 1_000, flushMs: 0, renderDropped })
  queue.write('a')
  await once(stream, 'error')
  queue.write('b')
  queue.write('c')
  expect(queue.dropped).toBe(2)
  await queue.close(10)
})

const children: ChildProcessWithoutNullStreams[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

test('OPS-14 blocked stdout: bounded memory, exact count of dropped lines, the program goes on', async () => {
  const child = spawn(process.execPath, ['--expose-gc', fileURLToPath(new URL('log-flood.ts', import.meta.url))])
  children.push(child)
  const reports = createInterface(child.stderr)[Symbol.asyncIterator]()
  const next = async (): Promise<{ step: string; written: number; dropped: number; held: number; rss: number; delayMaxMs: number }> =>
    JSON.parse((await reports.next()).value as string)
  const start = await next()
  // Nobody reads stdout: 64 KiB fit into the pipe, then it is stuck.
  child.stdin.write('flood')
  const first = await next()
  expect(first.dropped).toBeGreaterThan(first.written - limits.logQueueLinesMax - 200)
  child.stdin.write('flood')
  const second = await next()
  expect(second.written).toBe(60_000)
  // What is held, garbage aside: the queue's bound and little else, however much was logged.
  expect(second.held - start.held).toBeLessThan(32 * 1024 * 1024)
  expect(second.rss).toBeLessThan(256 * 1024 * 1024)
  expect(second.delayMaxMs).toBeLessThan(1_000)

  let received = 0
  let reported = 0
  const output = createInterface(child.stdout)
  output.on('line', (line) => {
    const entry = JSON.parse(line) as { event: string; dropped?: number }
    if (entry.event === 'log.dropped') reported += entry.dropped as number
    else received++
  })
  child.stdin.write('close')
  const last = await next()
  await once(output, 'close')
  expect(last.dropped).toBe(second.dropped)
  expect(reported).toBe(last.dropped)
  expect(received).toBe(last.written - last.dropped)
}, 120_000)
