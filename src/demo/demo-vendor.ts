// A vendor that lives inside the gateway: OpenAI, Anthropic and Gemini dialects, three fake keys, one of them always rate-limited.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Secret } from '../domain/secret.ts'
import { answerAnthropic, answerGemini, answerOpenAi, answerResponses, type DemoReply, MODELS } from './demo-dialects.ts'

const KEYS: readonly string[] = ['demo-vendor-key-one-0000000000000001', 'demo-vendor-key-two-0000000000000002', 'demo-vendor-key-three-00000000000003']
const LIMITED_KEY = KEYS[2]
/** Fake, and valid only at the vendor below. */
export const DEMO_KEYS: readonly Secret[] = KEYS.map((key) => new Secret(key))
const BODY_BYTES_MAX = 1024 * 1024
/** Pause between two words of a streamed answer, so that a person sees it stream. */
const WORD_MS = 40

/**
 * Host of the demo upstreams. It exists nowhere: each process connects it to the vendor inside itself, wherever that listens, so that
 * replicas can share the row.
 */
export const DEMO_HOST = 'demo.invalid'

export interface DemoVendor {
  readonly port: number
  close(): Promise<void>
}

/** Listens on a free port of this machine only. */
export async function openDemoVendor(): Promise<DemoVendor> {
  const server = createServer((request, response) => {
    collect(request, (text) => answer(request, response, text))
  })
  // Of this process alone: workers would otherwise share the socket, and its owner may be replaced.
  await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1', exclusive: true }, resolve))
  server.unref()
  const { port } = server.address() as AddressInfo
  return { port, close: () => closeServer(server) }
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}

function collect(request: IncomingMessage, done: (text: string) => void): void {
  const chunks: Buffer[] = []
  let size = 0
  request.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size <= BODY_BYTES_MAX) chunks.push(chunk)
  })
  request.on('end', () => done(Buffer.concat(chunks).toString('utf8')))
}

function answer(request: IncomingMessage, response: ServerResponse, text: string): void {
  // Not by `new URL`: paths like `//` are no relative URLs to it, and what throws here ends the gateway.
  const [pathname = '/', query = ''] = (request.url ?? '/').split('?', 2)
  const searchParams = new URLSearchParams(query)
  const key = keyOf(request)
  if (!KEYS.includes(key))
    return sendJson(response, 401, { error: { message: 'Incorrect API key provided.', type: 'invalid_request_error', code: 'invalid_api_key' } })
  if (key === LIMITED_KEY) {
    response.setHeader('retry-after', '30')
    return sendJson(response, 429, { error: { message: 'This demo key is always rate-limited.', type: 'rate_limit_error', code: 'rate_limit_exceeded' } })
  }
  if (request.method === 'GET' && pathname.endsWith('/models')) return sendJson(response, 200, MODELS)
  const body = parse(text)
  const isStream = body.stream === true || pathname.includes(':streamGenerateContent')
  const reply = route(pathname, isStream, searchParams.get('alt') === 'sse')
  if (reply === undefined) return sendJson(response, 200, { demo: true, method: request.method, path: pathname, served_with: `…${key.slice(-4)}` })
  const words = `This answer comes from the demo vendor inside your gateway, served with key …${key.slice(-4)}.`.split(/(?<= )/)
  if (!isStream) return sendJson(response, 200, reply.whole(words.join('')))
  stream(response, reply, words)
}

function route(pathname: string, isStream: boolean, isSse: boolean): DemoReply | undefined {
  if (pathname.endsWith('/chat/completions')) return answerOpenAi()
  if (pathname.endsWith('/responses')) return answerResponses()
  if (pathname.endsWith('/messages')) return answerAnthropic()
  if (pathname.includes(':generateContent') || (isStream && pathname.includes(':streamGenerateContent'))) return answerGemini(isSse)
  return undefined
}

function stream(response: ServerResponse, reply: DemoReply, words: readonly string[]): void {
  response.writeHead(200, { 'content-type': reply.streamType, 'cache-control': 'no-cache' })
  const parts = [...reply.begin(), ...words.map((word, index) => reply.word(word, index)), ...reply.end(words.join(''))]
  const timer = setInterval(() => {
    const part = parts.shift()
    if (part !== undefined) return void response.write(part)
    clearInterval(timer)
    response.end()
  }, WORD_MS)
  response.on('close', () => clearInterval(timer))
}

function keyOf(request: IncomingMessage): string {
  const { authorization = '', 'x-api-key': anthropic, 'x-goog-api-key': gemini } = request.headers
  return String(anthropic ?? gemini ?? authorization.replace(/^Bearer /, ''))
}

function parse(text: string): { stream?: unknown } {
  try {
    return (JSON.parse(text) ?? {}) as { stream?: unknown }
  } catch {
    return {}
  }
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(value))
}
