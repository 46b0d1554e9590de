// Stands in for mock/upstream.c where there is no C compiler: the same JSON answer from node:net, without event streams.
// It costs more than the C one, so figures taken with it say so.
import { createServer } from 'node:net'

const ANSWER_BYTES = 1025
const port = Number(process.argv[2] ?? 9100)
const start = '{"id":"chatcmpl-bench0001","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"'
const end = '"},"finish_reason":"stop"}],"usage":{"prompt_tokens":90,"completion_tokens":140,"total_tokens":230}}'
const body = start + 'a'.repeat(ANSWER_BYTES - start.length - end.length) + end
const answer = Buffer.from(
  [
    'HTTP/1.1 200 OK',
    'Date: Thu, 20 Nov 2025 12:00:00 GMT',
    'Content-Type: application/json',
    `Content-Length: ${ANSWER_BYTES}`,
    'Connection: keep-alive',
    'Server: mock',
    'x-request-id: req_4f1c2a7d9b3e4c5f8a6b7c8d9e0f1a2b',
    'openai-processing-ms: 213',
    'openai-version: 2020-10-01',
    'x-ratelimit-limit-requests: 10000',
    'x-ratelimit-remaining-requests: 9999',
    'x-ratelimit-reset-requests: 6ms',
    '',
    body,
  ].join('\r\n'),
)

createServer({ noDelay: true }, (socket) => {
  let received = ''
  socket.on('error', () => socket.destroy())
  socket.on('data', (part: Buffer) => {
    received += part.toString('latin1')
    for (;;) {
      const headEnd = received.indexOf('\r\n\r\n')
      if (headEnd < 0) return
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(received.slice(0, headEnd + 2))?.[1] ?? 0)
      if (received.length < headEnd + 4 + length) return
      received = received.slice(headEnd + 4 + length)
      socket.write(answer)
    }
  })
}).listen(port, '127.0.0.1')
