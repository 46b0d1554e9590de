// Child of output-queue.test.ts: logs as fast as a busy gateway and reports its memory on stderr, whatever happens to stdout.
import { openLogging } from '../../src/infrastructure/logging/open-logging.ts'

const clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() }
const logging = openLogging({ stream: process.stdout, clock, level: 'info', format: 'json', colours: false, version: '1', instance: 'child' })
let written = 0
let delayMaxMs = 0

function flood(rounds: number, lines: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  let left = rounds
  let last = performance.now()
  const round = (): void => {
    delayMaxMs = Math.max(delayMaxMs, performance.now() - last)
    for (let i = 0; i < lines; i++) logging.logger.info('exchange.noted', 'x'.repeat(1_900), { count: ++written })
    last = performance.now()
    if (--left === 0) resolve()
    else setImmediate(round)
  }
  round()
  return promise
}

function report(step: string): void {
  globalThis.gc?.()
  const { heapUsed, external, rss } = process.memoryUsage()
  process.stderr.write(`${JSON.stringify({ step, written, dropped: logging.dropped(), held: heapUsed + external, rss, delayMaxMs })}\n`)
}

process.stdin.setEncoding('utf8').on('data', (command: string) => {
  if (command.startsWith('flood')) void flood(400, 75).then(() => report('flooded'))
  else void logging.close().then(() => {
    report('closed')
    process.exit(0)
  })
}) // prettier-ignore
report('started')
