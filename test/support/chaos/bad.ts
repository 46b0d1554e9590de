// Owns the malformed and cut answers (/bad/<case>) and what a careful proxy makes of each.
import type { ChaosExchange } from './exchange.ts'
import type { Routes } from './plain.ts'

/**
 * - `refuse`: the client gets a 502 of the gateway, or an answer that is visibly cut; never a clean 2xx.
 * - `cut`: the status has gone out already: the client must see the truncation.
 * - `pass`: the answer is fine, or the fault cannot be seen in the protocol: the client gets it.
 * - `either`: a good answer or a 502, both honest.
 */
export type BadExpectation = 'refuse' | 'cut' | 'pass' | 'either'

export interface BadCase {
  readonly bytes: string
  readonly then: 'keep' | 'fin' | 'rst'
  readonly expect: BadExpectation
}

const OK = 'HTTP/1.1 200 OK\r\n'
const FIVE = 'Content-Length: 5\r\n\r\nhello'
const bad = (bytes: string, expect: BadExpectation = 'refuse', then: BadCase['then'] = 'keep'): BadCase => ({ bytes, expect, then })

export const badCases: Readonly<Record<string, BadCase>> = {
  'short-cl-fin': bad(`${OK}Content-Length: 50\r\n\r\nhello`, 'cut', 'fin'),
  'short-cl-rst': bad(`${OK}Content-Length: 50\r\n\r\nhello`, 'cut', 'rst'),
  'chunked-no-end-fin': bad(`${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`, 'cut', 'fin'),
  'chunked-no-end-rst': bad(`${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`, 'cut', 'rst'),
  'chunked-no-end-close': bad(`${OK}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`, 'cut', 'fin'),
  'eof-fin': bad(`${OK}Content-Type: text/plain\r\n\r\nhello`, 'pass', 'fin'),
  'cl-te': bad(`${OK}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`),
  'te-cl': bad(`${OK}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n5\r\nhello\r\n0\r\n\r\n`),
  'two-cl-equal': bad(`${OK}Content-Length: 5\r\n${FIVE}`),
  'two-cl-differ': bad(`${OK}Content-Length: 6\r\n${FIVE}`),
  'cl-list': bad(`${OK}Content-Length: 5, 5\r\n\r\nhello`),
  'cl-plus': bad(`${OK}Content-Length: +5\r\n\r\nhello`),
  'cl-negative': bad(`${OK}Content-Length: -1\r\n\r\nhello`),
  'bare-lf': bad(`HTTP/1.1 200 OK\nX-Bad: leak\nContent-Length: 5\n\nhello`),
  'obs-fold': bad(`${OK}X-Bad: leak\r\n folded\r\n${FIVE}`),
  'space-colon': bad(`${OK}X-Bad : leak\r\n${FIVE}`),
  'no-colon': bad(`${OK}X-Bad\r\n${FIVE}`),
  garbage: bad('\x16\x03\x01\x02\x00 this is not http\r\n\r\n', 'refuse', 'fin'),
  empty: bad('', 'refuse', 'fin'),
  'status-99': bad(`HTTP/1.1 99 Low\r\n${FIVE}`),
  'status-1000': bad(`HTTP/1.1 1000 High\r\n${FIVE}`),
  'status-600': bad(`HTTP/1.1 600 Strange\r\n${FIVE}`),
  'http-2-version': bad(`HTTP/2.0 200 OK\r\n${FIVE}`, 'either'),
  'bad-chunk-size': bad(`${OK}Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n`, 'cut'),
  'chunk-lf': bad(`${OK}Transfer-Encoding: chunked\r\n\r\n5\nhello\n0\n\n`, 'cut'),
  'unsolicited-101': bad('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\nTUNNEL'),
  '100-then-200': bad(`HTTP/1.1 100 Continue\r\n\r\n${OK}${FIVE}`, 'either'),
  'many-103': bad('HTTP/1.1 103 Early Hints\r\nX-Bad: leak\r\n\r\n'.repeat(5000) + OK + FIVE, 'either'),
  'header-20k': bad(`${OK}X-Long: ${'a'.repeat(20_000)}\r\n${FIVE}`, 'either'),
  'header-40k': bad(`${OK}X-Bad: ${'a'.repeat(40_000)}\r\n${FIVE}`),
  'headers-3000': bad(OK + Array.from({ length: 3000 }, (_, i) => `X-Bad-${i}: leak\r\n`).join('') + FIVE),
  'headers-250': bad(OK + Array.from({ length: 250 }, (_, i) => `X-Bad-${i}: leak\r\n`).join('') + FIVE),
  '204-with-body': bad(`HTTP/1.1 204 No Content\r\n${FIVE}`, 'either'),
  'extra-same-packet': bad(`${OK}${FIVE}${OK}X-Bad: leak\r\n${FIVE}`, 'pass'),
  'nul-in-value': bad(`${OK}X-Bad: le\0ak\r\n${FIVE}`),
  'cr-in-value': bad(`${OK}X-Bad: le\rX-Injected: leak\r\n${FIVE}`),
  'lf-in-value': bad(`${OK}X-Bad: le\nX-Injected: leak\r\n${FIVE}`),
}

function run(exchange: ChaosExchange): void {
  const found = badCases[exchange.path.split('/')[2] ?? '']
  if (found === undefined) return exchange.json(404, { error: { message: 'chaos: no such bad case' } })
  if (found.bytes !== '') exchange.send(found.bytes)
  if (found.then === 'keep') exchange.done()
  else if (found.then === 'fin') exchange.close()
  else exchange.reset()
}

export const badRoutes: Routes = [[/^\/bad\/[\w-]+$/, { run }]]
