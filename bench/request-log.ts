// OPS-12 by hand: millions of rows in the request log of SQLite, and what batches, pages, retention and their neighbours feel of it.
// node bench/request-log.ts [rows, default 5000000]
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Secret } from '../src/domain/secret.ts'
import { positionOf, renderPosition } from '../src/domain/log-segment.ts'
import { sqlite } from '../src/infrastructure/database/sqlite/driver.ts'
import { systemClock } from '../src/infrastructure/system.ts'
import type { ExchangeRecord } from '../src/ports/exchange-record.ts'
import type { LogFilter } from '../src/ports/request-log.ts'
import { UsageSheet } from '../src/services/usage-sheet.ts'
import { anExchangeRecord } from '../test/support/exchange-records.ts'

const ROWS = Number(process.argv[2] ?? 5_000_000)
/** Given to the process that only fills: its garbage is not the log's. */
const FILLED = process.argv[3]
const BATCH = 500
const DAY_MS = 86_400_000
const DAYS = 7
const PAGES = 200

const folder = FILLED ?? mkdtempSync(join(tmpdir(), 'akr-bench-log-'))
if (FILLED === undefined) execFileSync(process.execPath, [process.argv[1] as string, String(ROWS), folder], { stdio: 'inherit' })
const file = join(folder, 'logs.db')
const { store, events, requestLog } = await sqlite.open(new Secret(`sqlite:${folder}/core.db`), { clock: systemClock, role: 'server' })
const sheet = new UsageSheet()
const startMs = Math.floor((Date.now() - DAYS * DAY_MS) / DAY_MS) * DAY_MS
const endMs = startMs + DAYS * DAY_MS
let number = 0
let sequence = 0
let walMax = 0
const writer = FILLED === undefined ? 2 : 1
await requestLog.openWriter(writer, Date.now())

function aRecord(index: number, atMs: number): ExchangeRecord {
  const isBad = index % 100 === 0
  return anExchangeRecord({
    ...{ requestId: `req_01m7xv8x5g71pbjp${index.toString(36).padStart(10, '0')}`, startedAtMs: atMs, durationMs: 300 + (index % 997), overheadMs: 0.312 },
    ...{ upstream: `upstream-${index % 5}`, clientKeyId: `cli_01m7xv8x5g71pbjpe727dkv${index % 200}`, accountId: `acc_01m7xv8x5g71pbjpe727dkv${index % 50}` },
    ...{
      model: ['gpt-5', 'claude-sonnet-5', 'gemini-3-pro', 'gpt-5-mini'][index % 4] as string,
      status: isBad ? 503 : 200,
      outcome: isBad ? 'exhausted' : 'ok',
    },
    ...{ firstByteMs: 120.5, bytesIn: 2_000, bytesOut: 9_000, costMicroUsd: 1_234, userAgent: 'OpenAI/Python 2.8.1', keyId: 'key_01m7xv8x5g71pbjpe727dkv9qt' },
    usage: { input: 900, output: 250, cacheRead: 512, cacheWrite: 0, reasoning: 100 },
    tries: [{ keyId: 'key_01m7xv8x5g71pbjpe727dkv9qt', host: 'api.openai.com:443', startMs: 0.3, durationMs: 400, status: 200, result: 'ok', reason: '' }],
  })
}

async function append(records: readonly ExchangeRecord[]): Promise<number> {
  const batch = {
    ...{ writer, sequence: ++sequence, nowMs: Date.now(), rollUps: sheet.sumUp(records) },
    entries: records.map((record) => ({ position: positionOf(record.startedAtMs + record.durationMs, writer, number++), record })),
  }
  const beganMs = performance.now()
  await requestLog.append(batch)
  return performance.now() - beganMs
}

function rssMiB(): number {
  return process.memoryUsage().rss / 1024 / 1024
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size / 1024 / 1024
  } catch {
    return 0
  }
}

function figures(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (q: number): string => (sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0).toFixed(1)
  return `p50 ${at(0.5)}  p95 ${at(0.95)}  p99 ${at(0.99)}  max ${at(1)} ms (${sorted.length})`
}

/** How long a call to core.db waits meanwhile: it shares the thread. */
function watchCore(): () => number[] {
  const waits: number[] = []
  let isOver = false
  const look = async (): Promise<void> => {
    while (!isOver) {
      const beganMs = performance.now()
      await store.ping()
      waits.push(performance.now() - beganMs)
      walMax = Math.max(walMax, sizeOf(`${file}-wal`))
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  void look()
  return () => {
    isOver = true
    return waits
  }
}

async function fill(): Promise<void> {
  const beganMs = performance.now()
  const times: number[] = []
  const step = (DAYS * DAY_MS - 3_600_000) / ROWS
  for (let i = 0; i < ROWS; i += BATCH) {
    times.push(await append(Array.from({ length: BATCH }, (_, j) => aRecord(i + j, startMs + 1_000_000 + (i + j) * step))))
    if (i % 50_000 === 0) walMax = Math.max(walMax, sizeOf(`${file}-wal`))
  }
  const seconds = (performance.now() - beganMs) / 1000
  const bytes = Math.round((sizeOf(file) * 1024 * 1024) / ROWS)
  console.log(`${ROWS} rows in ${seconds.toFixed(0)} s (${Math.round(ROWS / seconds)}/s); file ${sizeOf(file).toFixed(0)} MiB, ${bytes} bytes per row`)
  console.log(`batch of ${BATCH}: ${figures(times)}; WAL at most ${walMax.toFixed(1)} MiB`)
  await events.close()
  await store.close()
}

if (FILLED !== undefined) {
  await fill()
  process.exit()
}
const rssBefore = rssMiB()
let rssMax = rssBefore

const filters: Readonly<Record<string, LogFilter>> = {
  'no filter': {},
  'client key (1 in 200)': { clientKeyId: 'cli_01m7xv8x5g71pbjpe727dkv7' },
  'failed (1 in 100)': { statusMin: 500 },
  'account and failed (1 in 5,000)': { accountId: 'acc_01m7xv8x5g71pbjpe727dkv0', statusMin: 500, model: 'gpt-5' },
  'search for what is not there': { search: 'nowhere' },
}
for (const [name, filter] of Object.entries(filters)) {
  const times: number[] = []
  let rows = 0
  for (let i = 0; i < PAGES / 4; i++) {
    const before = positionOf(startMs + Math.random() * DAYS * DAY_MS, 0, 0)
    const beganMs = performance.now()
    rows += (await requestLog.list(filter, 50, before)).rows.length
    times.push(performance.now() - beganMs)
  }
  console.log(`page, ${name}: ${figures(times)}, ${(rows / times.length).toFixed(0)} rows each`)
}
const byId: number[] = []
for (let i = 0; i < 50; i++) {
  const requestId = `req_01m7xv8x5g71pbjp${Math.floor(Math.random() * ROWS)
    .toString(36)
    .padStart(10, '0')}`
  const beganMs = performance.now()
  const { rows } = await requestLog.list({ requestId }, 1)
  byId.push(performance.now() - beganMs)
  if (rows.length !== 1) throw new Error(`${requestId} is not there, e.g. ${renderPosition(positionOf(startMs, 0, 0))}`)
}
console.log(`one request by its id: ${figures(byId)}`)
const usageTimes: number[] = []
for (const groupBy of [['day'], ['client_key'], ['model', 'day'], ['account']] as const) {
  const beganMs = performance.now()
  const { sums } = await requestLog.summarize({ fromMs: startMs, untilMs: endMs, grain: 'minute', groupBy }, { limit: 50, offset: 0 })
  usageTimes.push(performance.now() - beganMs)
  if (sums.requests !== ROWS) throw new Error(`the sums say ${sums.requests}`)
}
console.log(`usage of ${DAYS} days: ${figures(usageTimes)}; exact`)
rssMax = Math.max(rssMax, rssMiB())

// Retention while it is written on, and core.db is asked.
const core = watchCore()
const during: number[] = []
const drops: number[] = []
let isOver = false
const writing = (async () => {
  for (let i = ROWS; !isOver; i += BATCH) {
    during.push(await append(Array.from({ length: BATCH }, (_, j) => aRecord(i + j, endMs - 1_000_000 + (i - ROWS + j) / 10))))
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
})()
const bytesBefore = (await requestLog.space()).bytes
for (let day = 1; day < DAYS; day++) {
  const beganMs = performance.now()
  const dropped = await requestLog.dropOld({ request: startMs + day * DAY_MS, minute: startMs + day * DAY_MS, hour: 0, day: 0 })
  drops.push((performance.now() - beganMs) / Math.max(1, dropped.length))
  await new Promise((resolve) => setTimeout(resolve, 200))
}
const coreDrop = core()
console.log(`dropping ${DAYS - 1} days: per table ${figures(drops)}; ${((bytesBefore - (await requestLog.space()).bytes) / 1024 / 1024).toFixed(0)} MiB freed`)
console.log(`  core.db meanwhile: ${figures(coreDrop)}; batches meanwhile: ${figures(during)}`)
const coreCompact = watchCore()
const steps: number[] = []
for (let isLeft = true; isLeft && steps.length < 400;) {
  const beganMs = performance.now()
  isLeft = await requestLog.compact()
  steps.push(performance.now() - beganMs)
  await new Promise((resolve) => setTimeout(resolve, 5))
}
isOver = true
await writing
console.log(`giving back, per step of 1 MiB: ${figures(steps)}; core.db meanwhile: ${figures(coreCompact())}`)
rssMax = Math.max(rssMax, rssMiB())
console.log(`WAL at most ${walMax.toFixed(1)} MiB; RSS ${rssBefore.toFixed(0)} -> at most ${rssMax.toFixed(0)} MiB (+${(rssMax - rssBefore).toFixed(0)})`)
await events.close()
await store.close()
rmSync(folder, { recursive: true })
