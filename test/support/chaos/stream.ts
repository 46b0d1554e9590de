// Owns the chaos upstream's streams and how they break: /sse /stall /cut.
import { deltas, endings, errorEvents, openings, type StreamDialect } from './dialects.ts'
import type { ChaosExchange } from './exchange.ts'
import type { Routes } from './plain.ts'

/** /sse?n=5&gap=10&end=done|none|error|first-error|hang&dialect=openai&framing=chunked|eof */
async function sse(exchange: ChaosExchange): Promise<void> {
  await streamEvents(exchange, {
    dialect: (exchange.query.get('dialect') ?? 'openai') as StreamDialect,
    count: exchange.number('n', 5),
    gapMs: exchange.number('gap', 5),
    end: exchange.query.get('end') ?? 'done',
    model: 'chaos-1',
    framing: exchange.query.get('framing') ?? 'chunked',
  })
}

export interface StreamPlan {
  readonly dialect: StreamDialect
  readonly count: number
  readonly gapMs: number
  /** `done` complete, `none` no terminator but a clean end of the message, `error` error event last, `first-error` only that, `hang` silence for ever. */
  readonly end: string
  readonly model: string
  readonly framing?: string
}

export async function streamEvents(exchange: ChaosExchange, plan: StreamPlan): Promise<void> {
  const byClose = plan.framing === 'eof'
  if (byClose) exchange.send(`HTTP/1.1 200 Scripted\r\nContent-Type: text/event-stream\r\nX-Nonce: ${exchange.entry.nonce}\r\nConnection: close\r\n\r\n`)
  else exchange.startChunked(200, 'text/event-stream', [['Cache-Control', 'no-cache']])
  const emit = (text: string): void => (byClose ? exchange.send(Buffer.from(text)) : exchange.chunk(text))
  let text = ''
  if (plan.end !== 'first-error') {
    for (const event of openings[plan.dialect](plan.model)) emit(event)
    for (let i = 0; i < plan.count && !exchange.gone; i++) {
      if (plan.gapMs > 0) await exchange.pause(plan.gapMs)
      text += `w${i} `
      emit(deltas[plan.dialect](plan.model, `w${i} `, i))
    }
  }
  if (plan.end === 'hang') return exchange.pause(3_600_000)
  if (plan.end === 'done') for (const event of endings[plan.dialect](plan.model, text)) emit(event)
  if (plan.end === 'error' || plan.end === 'first-error') emit(errorEvents[plan.dialect])
  if (!byClose) return exchange.endChunked()
  exchange.done()
  exchange.close()
}

/** /stall?at=headers|body&ms=3600000: silence before the head, or after half a body. */
async function stall(exchange: ChaosExchange): Promise<void> {
  const ms = exchange.number('ms', 3_600_000)
  if (exchange.query.get('at') === 'body') {
    exchange.send('HTTP/1.1 200 Scripted\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n\r\nhello')
    await exchange.pause(ms)
    exchange.send('world')
    return exchange.done()
  }
  await exchange.pause(ms)
  exchange.json(200, { late: true })
}

/**
 * /cut?how=fin|rst&framing=cl|chunked|midchunk|eof&after=<bytes>&sse=0|1&dialect=openai&conn=keep-alive|close: the answer stops early.
 * The bytes before the cut are sent and given time to arrive, so that the reader has delivered them when the cut comes.
 */
export async function cut(exchange: ChaosExchange): Promise<void> {
  const isStream = exchange.query.get('sse') === '1'
  const dialect = (exchange.query.get('dialect') ?? 'openai') as StreamDialect
  const whole = isStream
    ? [...openings[dialect]('m'), ...[0, 1, 2].map((i) => deltas[dialect]('m', `w${i} `, i))].join('')
    : JSON.stringify({ nonce: exchange.entry.nonce, text: 'x'.repeat(2000) })
  const sent = whole.slice(0, exchange.number('after', isStream ? whole.length : 500))
  const type = isStream ? 'text/event-stream' : 'application/json'
  const connection = exchange.query.get('conn') ?? 'keep-alive'
  const head = `HTTP/1.1 200 Scripted\r\nContent-Type: ${type}\r\nConnection: ${connection}\r\n`
  const framing = exchange.query.get('framing') ?? 'cl'
  if (framing === 'cl') exchange.send(`${head}Content-Length: ${whole.length + 100}\r\n\r\n${sent}`)
  else if (framing === 'eof') exchange.send(`${head}\r\n${sent}`)
  else {
    const size = framing === 'midchunk' ? sent.length + 64 : sent.length
    exchange.send(`${head}Transfer-Encoding: chunked\r\n\r\n${size.toString(16)}\r\n${sent}${framing === 'midchunk' ? '' : '\r\n'}`)
  }
  await exchange.pause(exchange.number('ms', 10))
  if (exchange.query.get('how') === 'rst') exchange.reset()
  else exchange.close()
}

/** /drip?gap=1000: one event at a time for ever. */
async function drip(exchange: ChaosExchange): Promise<void> {
  const dialect = (exchange.query.get('dialect') ?? 'openai') as StreamDialect
  await streamEvents(exchange, { dialect, count: 1_000_000, gapMs: exchange.number('gap', 1000), end: 'none', model: 'chaos-1' })
}

export const streamRoutes: Routes = [
  [/^\/sse$/, { run: sse }],
  [/^\/stall$/, { run: stall }],
  [/^\/cut$/, { run: cut }],
  [/^\/drip$/, { run: drip }],
]
