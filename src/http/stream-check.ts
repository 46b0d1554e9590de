// A small stream for `akr doctor`: through a load balancer that buffers, its pieces arrive all at once.
import type { RequestHandler } from 'express'

const PIECES = 12
const PAUSE_MS = 40
/** Streams at a time: it needs no sign-in, so it must not be worth anything to anybody. */
const STREAMS_MAX = 4

export function createStreamCheck(): RequestHandler {
  let streams = 0
  return (_request, response) => {
    if (streams >= STREAMS_MAX) return void response.status(503).set({ 'retry-after': '1', 'cache-control': 'no-store' }).json({ status: 'fail' })
    streams++
    // As answers of the data plane have them.
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
    let sent = 0
    const timer = setInterval(() => {
      response.write(`data: ${++sent}\n\n`)
      if (sent === PIECES) response.end()
    }, PAUSE_MS)
    response.once('close', () => {
      clearInterval(timer)
      streams--
    })
  }
}
