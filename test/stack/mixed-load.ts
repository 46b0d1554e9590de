// Owns the load on a stack: calls of every kind at once, each kind counted for itself.
import { runOpenLoop, type LoadReport } from '../support/load.ts'
import { requestText } from '../support/request-text.ts'

const LONGEST_MS = 120_000
/** Of load before a replica goes, so that every kind of request is under way. */
const WARM_MS = 1_500
const AFTER_MS = 4_000

export const CHAT = '/llm/demo/v1/chat/completions'
export const HEAD = { authorization: 'Bearer demo', 'content-type': 'application/json' }

interface Kind {
  readonly rate: number
  readonly mark: string
  readonly text: (index: number) => string
}

const chat = (isStream: boolean, headers: Readonly<Record<string, string>> = {}): string =>
  requestText('POST', CHAT, { ...HEAD, ...headers }, JSON.stringify({ model: 'demo-1', stream: isStream, messages: [{ role: 'user', content: 'hi' }] }))

/** `rate` is per second; `mark` stands in a complete answer only. */
const KINDS = {
  GET: { rate: 40, mark: 'demo-1', text: () => requestText('GET', '/llm/demo/v1/models', HEAD) },
  'POST with Idempotency-Key': { rate: 40, mark: '"finish_reason":"stop"', text: (index) => chat(false, { 'idempotency-key': `check-${index}` }) },
  POST: { rate: 40, mark: '"finish_reason":"stop"', text: () => chat(false) },
  stream: { rate: 5, mark: 'data: [DONE]', text: () => chat(true) },
} as const satisfies Readonly<Record<string, Kind>>
type KindName = keyof typeof KINDS

export type Reports = Readonly<Record<KindName, LoadReport>>

/** Applies the load of all kinds to a port of this machine while `work` goes on, and a moment longer. */
export async function underLoad(port: number, work: () => Promise<void>): Promise<Reports> {
  const stop = new AbortController()
  const loads = (Object.keys(KINDS) as KindName[]).map(async (name) => {
    const { rate, mark, text }: Kind = KINDS[name]
    const report = await runOpenLoop({
      port,
      rate,
      durationMs: LONGEST_MS,
      signal: stop.signal,
      request: (index) => ({ text: text(index), nonce: `${name} ${index}` }),
      check: ({ status, body }) => (status !== 200 ? 'wrong-status' : body.includes(mark) ? 'ok' : 'wrong-body'),
    })
    return [name, report] as const
  })
  await pause(WARM_MS)
  try {
    await work()
    await pause(AFTER_MS)
  } finally {
    stop.abort()
  }
  return Object.fromEntries(await Promise.all(loads)) as Reports
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

export function tell(reports: Reports): void {
  for (const [name, { sent, failed, failures }] of Object.entries(reports))
    process.stdout.write(`   ${name}: ${sent} sent, ${failed} failed${failures.length === 0 ? '' : `\n      ${failures.join('\n      ')}`}\n`)
}

/** Of all kinds when none is named. */
export function failedOf(reports: Reports, ...named: readonly KindName[]): number {
  const names = named.length === 0 ? (Object.keys(KINDS) as KindName[]) : named
  return names.reduce((sum, name) => sum + reports[name].failed, 0)
}

/** How many calls of a kind are being worked on at one moment, generously: what comes in while one of the slower ones is answered. */
export function underWay(name: KindName, reports: Reports): number {
  return Math.ceil((KINDS[name].rate * reports[name].quantileMs(0.95)) / 1000) + 2
}
