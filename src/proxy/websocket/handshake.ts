// The opening handshake (RFC 6455 §4): what a client must send, and what a vendor must answer, to the letter.
import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { GatewayError } from '../../errors.ts'
import type { InboundHead } from '../guard.ts'

export interface Handshake {
  /** What Sec-WebSocket-Accept of the answer must be. */
  readonly accept: string
  /** Subprotocols that the vendor may choose from. */
  readonly protocols: readonly string[]
  readonly offersExtensions: boolean
}

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
/** 16 bytes in base64; the last digit before the padding has only two bits to say. */
const KEY = /^[A-Za-z0-9+/]{21}[AQgw]==$/
const TOKEN = /^[!#$%&'*+\-.^_`|~\w]+$/
/** Written byte by byte, a character beyond these could become the end of a line. */
const FORBIDDEN_IN_VALUE = /[^\t\x20-\x7e\x80-\xff]/
const CONNECTION_WORDS = new Set(['upgrade', 'keep-alive'])

/** Whether a request that asks for another protocol is meant for a WebSocket; other protocols are not spoken here, and the wish is ignored. */
export function asksForWebSocket(request: IncomingMessage): boolean {
  return (request.headers.upgrade ?? '').toLowerCase().includes('websocket')
}

/** @throws GatewayError when it is not exactly a handshake; the connection must be closed after the answer */
export function readHandshake(request: IncomingMessage, head: InboundHead): Handshake {
  if (head.method !== 'GET') throw new GatewayError('method_not_allowed', 'A WebSocket is opened with GET.', { allow: 'GET' })
  if (request.httpVersionMajor !== 1 || request.httpVersionMinor !== 1) throw malformed('A WebSocket needs HTTP/1.1.')
  if (head.contentLength !== -1 || head.isChunked || head.expectsContinue) throw malformed('A WebSocket handshake has no body and expects nothing.')
  const words = (head.connection ?? '').split(',').map((word) => word.trim())
  if (!words.includes('upgrade') || words.some((word) => !CONNECTION_WORDS.has(word))) throw malformed('Connection must be "Upgrade".')
  refuseTwins(head.headers)
  if (one(head.headers, 'upgrade')?.toLowerCase() !== 'websocket') throw malformed('Upgrade must be exactly "websocket", sent once.')
  if (one(head.headers, 'sec-websocket-version') !== '13') throw malformed('Sec-WebSocket-Version must be 13, sent once.')
  const key = one(head.headers, 'sec-websocket-key')
  if (key === undefined || !KEY.test(key)) throw malformed('Sec-WebSocket-Key must be 16 bytes in base64, sent once.')
  const protocols = readProtocols(head.headers)
  if (protocols.some((protocol) => !TOKEN.test(protocol))) throw malformed('Sec-WebSocket-Protocol must be a list of names.')
  if (new Set(protocols).size < protocols.length) throw malformed('Sec-WebSocket-Protocol names a protocol twice.')
  return { accept: acceptOf(key), protocols, offersExtensions: values(head.headers, 'sec-websocket-extensions').length > 0 }
}

export function acceptOf(key: string): string {
  return createHash('sha1')
    .update(key + GUID)
    .digest('base64')
}

export function readProtocols(headers: readonly string[]): string[] {
  return values(headers, 'sec-websocket-protocol').flatMap((value) => value.split(',').map((name) => name.trim()))
}

/** Why a vendor's 101 does not answer this handshake; undefined when it does. */
export function findAnswerFault(
  { accept, protocols, offersExtensions }: Handshake,
  status: number,
  headers: Readonly<Record<string, string | string[] | undefined>>,
): string | undefined {
  if (status !== 101) return `status ${status} on an upgrade`
  const { upgrade, 'sec-websocket-protocol': protocol } = headers
  if (typeof upgrade !== 'string' || upgrade.toLowerCase() !== 'websocket') return 'switched to another protocol'
  if (headers['sec-websocket-accept'] !== accept) return 'wrong Sec-WebSocket-Accept'
  if (protocol !== undefined && (typeof protocol !== 'string' || !protocols.includes(protocol))) return 'subprotocol that was not offered'
  if (headers['sec-websocket-extensions'] !== undefined && !offersExtensions) return 'extension that was not offered'
  if ((headers['content-length'] ?? '0') !== '0' || headers['transfer-encoding'] !== undefined) return 'switched protocols with a body'
  if (Object.values(headers).some((value) => FORBIDDEN_IN_VALUE.test(String(value)))) return 'malformed header'
  return undefined
}

function values(headers: readonly string[], name: string): string[] {
  return headers.filter((_, index) => index % 2 === 1 && headers[index - 1] === name)
}

function one(headers: readonly string[], name: string): string | undefined {
  const found = values(headers, name)
  return found.length === 1 ? found[0] : undefined
}

/** Some servers read underscores as hyphens; and an answer's header has no place in a question. */
function refuseTwins(headers: readonly string[]): void {
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string
    if (name === 'sec-websocket-accept' || (name.includes('_') && name.replaceAll('_', '-').startsWith('sec-websocket-'))) {
      throw malformed(`The header ${name.slice(0, 40)} does not belong into a WebSocket handshake.`)
    }
  }
}

function malformed(detail: string): GatewayError {
  return new GatewayError('request_malformed', `${detail} The request was not forwarded.`)
}
