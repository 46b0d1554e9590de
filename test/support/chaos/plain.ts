// Owns the chaos upstream's ordinary paths: /ok /echo /status /big /early /poison /echoauth /fidelity /reset.
import { headerOf } from '../http-reader.ts'
import type { ChaosExchange, ChaosHandler, HeaderPairs } from './exchange.ts'

export type Routes = readonly (readonly [RegExp, ChaosHandler])[]

function ok(exchange: ChaosExchange): void {
  exchange.json(200, { ok: true, nonce: exchange.entry.nonce })
}

/** The request as it stood on the wire (`raw`: head, base64) and its body (`body`, base64). */
function echo(exchange: ChaosExchange): void {
  exchange.json(200, { raw: Buffer.from(exchange.entry.rawHead, 'latin1').toString('base64'), body: exchange.entry.body.toString('base64') })
}

/** /status/<code>?ra=<Retry-After>&h=<name:value>…&body=<text>&type=<content type> */
function status(exchange: ChaosExchange): void {
  const code = Number(exchange.path.split('/')[2])
  const headers: [string, string][] = [['Content-Type', exchange.query.get('type') ?? 'application/json']]
  const retryAfter = exchange.query.get('ra')
  if (retryAfter !== null) headers.push(['Retry-After', retryAfter])
  for (const line of exchange.query.getAll('h')) headers.push([line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)])
  exchange.reply(code, headers, exchange.query.get('body') ?? JSON.stringify({ error: { message: `scripted ${code}`, type: 'scripted' } }))
}

/** /big?bytes=<n>: a body of that size with backpressure. */
async function big(exchange: ChaosExchange): Promise<void> {
  let left = exchange.number('bytes', 1024 * 1024)
  exchange.send(`HTTP/1.1 200 Scripted\r\nContent-Type: application/octet-stream\r\nContent-Length: ${left}\r\n\r\n`)
  const block = Buffer.alloc(64 * 1024, 'x')
  while (left > 0 && !exchange.gone) {
    const part = block.subarray(0, Math.min(left, block.length))
    await exchange.sendPaced(part)
    left -= part.length
  }
  if (!exchange.gone) exchange.done()
}

/** Answers before the body is read and does not read on: /early?status=401 */
function early(exchange: ChaosExchange): void {
  const body = '{"error":{"message":"refused before the body"}}'
  exchange.send(`HTTP/1.1 ${exchange.number('status', 401)} Early\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
  exchange.socket.pause()
}

/** Sends a second, unasked answer: /poison?when=same|later&ms=30 */
async function poison(exchange: ChaosExchange): Promise<void> {
  const body = JSON.stringify({ nonce: exchange.entry.nonce })
  const good = `HTTP/1.1 200 Scripted\r\nContent-Type: application/json\r\nX-Nonce: ${exchange.entry.nonce}\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  const stray = '{"nonce":"poison"}'
  const extra = `HTTP/1.1 200 Scripted\r\nContent-Type: application/json\r\nX-Nonce: poison\r\nContent-Length: ${stray.length}\r\n\r\n${stray}`
  if (exchange.query.get('when') === 'later') {
    exchange.send(good)
    exchange.done()
    setTimeout(() => exchange.send(extra), exchange.number('ms', 30)).unref()
    return
  }
  exchange.send(good + extra)
  exchange.done()
}

/** Repeats the received key in the error, as vendors do. */
function echoAuth(exchange: ChaosExchange): void {
  const key = exchange.entry.key
  exchange.json(exchange.number('status', 401), {
    error: { message: `Incorrect API key provided: ${key}.`, type: 'invalid_request_error', param: key, code: 'invalid_api_key' },
  })
}

/** Answers that a proxy likes to change: /fidelity?case=cookies|204|304|206|trailers|103|encoded|html */
function fidelity(exchange: ChaosExchange): void {
  const cases: Record<string, () => void> = {
    cookies: () =>
      exchange.reply(
        200,
        [
          ['Set-Cookie', 'a=1; Path=/'],
          ['Set-Cookie', 'b=2'],
          ['Set-Cookie', 'c=3; HttpOnly'],
          ['X-Twice', 'one'],
          ['X-Twice', 'two'],
        ],
        'cookies',
      ),
    204: () => exchange.reply(204, [['X-Kept', 'yes']]),
    304: () => exchange.reply(304, [['ETag', '"v1"']]),
    206: () =>
      exchange.reply(
        206,
        [
          ['Content-Range', 'bytes 2-5/10'],
          ['X-Range-Seen', headerOf(exchange.entry.rawHeaders, 'range') ?? 'none'],
        ],
        '2345',
      ),
    trailers: () => {
      exchange.startChunked(200, 'text/plain', [['Trailer', 'X-Sum']])
      exchange.chunk('with trailer')
      exchange.send('0\r\nX-Sum: abc\r\n\r\n')
      exchange.done()
    },
    103: () => {
      exchange.send('HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n')
      exchange.reply(200, [], 'after hints')
    },
    encoded: () =>
      exchange.reply(
        200,
        [
          ['Content-Encoding', 'gzip'],
          ['Content-Type', 'application/json'],
        ],
        Buffer.from('H4sIAAAAAAAAA6tWys9WsiopKk2tBQBWbJJmDAAAAA==', 'base64'),
      ),
    html: () => exchange.reply(200, HOSTILE_HEADERS, '<!doctype html><script>fetch("/api/admin/upstreams")</script>'),
  }
  ;(cases[exchange.query.get('case') ?? ''] ?? (() => ok(exchange)))()
}

const HOSTILE_HEADERS: HeaderPairs = [
  ['Content-Type', 'text/html; charset=utf-8'],
  ['Set-Cookie', 'session=stolen; Path=/'],
  ['Service-Worker-Allowed', '/'],
  ['Access-Control-Allow-Origin', '*'],
  ['Strict-Transport-Security', 'max-age=31536000'],
  ['Clear-Site-Data', '"*"'],
  ['Alt-Svc', 'h3=":443"'],
]

/** RST before any answer: /reset?when=always|reused|first */
function reset(exchange: ChaosExchange): void {
  const when = exchange.query.get('when') ?? 'always'
  const reused = exchange.requestOnConnection > 1
  if (when === 'always' || (when === 'reused') === reused) exchange.socket.resetAndDestroy()
  else ok(exchange)
}

export const plainRoutes: Routes = [
  [/^\/(?:v1\/)?ok$/, { run: ok }],
  [/^\/echo(?:\/.*)?$/, { run: echo }],
  [/^\/status\/\d+$/, { run: status }],
  [/^\/big$/, { run: big }],
  [/^\/early$/, { early: true, run: early }],
  [/^\/poison$/, { run: poison }],
  [/^\/echoauth$/, { run: echoAuth }],
  [/^\/fidelity$/, { run: fidelity }],
  [/^\/reset$/, { run: reset }],
]
