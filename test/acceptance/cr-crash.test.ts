// Owns the acceptance row CR-07: an exception that nobody caught ends the process, not the requests it has.
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { createCanary } from '../support/canaries.ts'
import { openChaosUpstream } from '../support/chaos-upstream.ts'
import { startGateway } from '../support/gateway.ts'
import { readLog } from '../support/log-lines.ts'

const PRELOAD = join(import.meta.dirname, '../support/crash-on-signal.mjs')
const DRAIN_MS = 5_000
/** For the last lines of the log and the end of the process, on a busy machine. */
const SLACK_MS = 3_000

test('CR-07 uncaught exception: logged, what is in flight is served, exit 1 within 5 s', async () => {
  const upstream = await openChaosUpstream({ lean: true })
  upstream.handle('/slow', async (exchange) => {
    await exchange.pause(1_500)
    exchange.reply(200, [], 'late')
  })
  const gateway = await startGateway({
    env: { NODE_OPTIONS: `--import=${PRELOAD}` },
    upstreams: [{ slug: 'u', base_url: upstream.url, keys: [createCanary('sk-')] }],
  })
  try {
    const answers = Array.from({ length: 20 }, () => gateway.send('POST', '/proxy/u/slow'))
    while (upstream.ledger.entries.length < 20) await new Promise((resolve) => setTimeout(resolve, 10))
    const crashedAtMs = performance.now()
    gateway.child.signal('SIGUSR2')
    const statuses = (await Promise.all(answers)).map(({ responses }) => responses[0]?.status)
    expect(statuses).toEqual(Array(20).fill(200))
    expect(await gateway.child.exit()).toEqual({ code: 1, signal: null })
    expect(performance.now() - crashedAtMs).toBeLessThan(DRAIN_MS + SLACK_MS)
    const crashes = readLog(gateway.child.stdout).filter(({ event }) => event === 'gateway.crashed')
    expect(crashes.map((line) => String(line['error']).split('\n')[0])).toEqual(['Error: thrown by the test'])
  } finally {
    await gateway.close()
    await upstream.close()
  }
}, 60_000)
