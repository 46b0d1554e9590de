// Reads the body of a management request: one decision about its type, bounded, strict.
import type { IncomingMessage } from 'node:http'
import { GatewayError } from '../errors.ts'
import { findJsonFault } from './json-fault.ts'

export type BodyType = 'json' | 'text' | 'csv'

export interface ParsedBody {
  readonly type: BodyType | 'none'
  readonly text: string
  /** Parsed JSON, or the text itself; undefined without a body. */
  readonly value: unknown
}

const CONTENT_TYPES: Readonly<Record<BodyType, string>> = { json: 'application/json', text: 'text/plain', csv: 'text/csv' }

/** Exactly one media type, spaces only around `;`, and no parameter but charset=utf-8 (and header= of text/csv). */
const CONTENT_TYPE = /^([a-z]+\/[a-z]+)((?: *; *(?:charset="?utf-8"?|header="?(?:present|absent)"?))*)$/i

/**
 * @param accepted what the route takes
 * @throws GatewayError unsupported_media_type, request_too_large, request_malformed
 */
export async function readBody(request: IncomingMessage, accepted: readonly BodyType[], bytesMax: number): Promise<ParsedBody> {
  const declared = Number(request.headers['content-length'] ?? 0)
  const hasBody = request.headers['transfer-encoding'] !== undefined || declared > 0
  if (!hasBody) return { type: 'none', text: '', value: undefined }
  if (declared > bytesMax) throw tooLarge(bytesMax)
  const type = findType(request, accepted)
  const encoding = request.headers['content-encoding']
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new GatewayError('unsupported_media_type', 'Bodies are taken uncompressed only: leave out Content-Encoding.')
  }
  const text = decode(await collect(request, bytesMax))
  return { type, text, value: type === 'json' ? parseJson(text) : text }
}

function findType(request: IncomingMessage, accepted: readonly BodyType[]): BodyType {
  // Node joins repeated Content-Type headers by keeping the first: more than one is refused, whichever would win.
  const values = request.headersDistinct['content-type'] ?? []
  const name = values.length === 1 ? CONTENT_TYPE.exec(values[0] as string)?.[1]?.toLowerCase() : undefined
  const type = accepted.find((candidate) => CONTENT_TYPES[candidate] === name)
  if (type !== undefined) return type
  const names = accepted.map((candidate) => CONTENT_TYPES[candidate]).join(' or ')
  throw new GatewayError('unsupported_media_type', `Send the body as ${names} in UTF-8, and say so in one Content-Type header.`)
}

function collect(request: IncomingMessage, bytesMax: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const onData = (chunk: Buffer): void => {
      size += chunk.length
      if (size <= bytesMax) chunks.push(chunk)
      else settle(() => reject(tooLarge(bytesMax)))
    }
    const onEnd = (): void => settle(() => resolve(Buffer.concat(chunks)))
    const onGone = (): void => settle(() => reject(new GatewayError('request_malformed', 'The request body ended too early.')))
    const settle = (action: () => void): void => {
      request.pause()
      request.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone)
      action()
    }
    request.on('data', onData).once('end', onEnd).once('error', onGone).once('close', onGone)
    request.resume()
  })
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new GatewayError('request_malformed', 'The request body is not valid UTF-8.')
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The parser's own message quotes the body, which may hold a key.
    const fault = findJsonFault(text)
    const place = fault === undefined ? 'look for an overlong string' : `look at line ${fault.line}, column ${fault.column}`
    throw new GatewayError('request_malformed', `The request body is not valid JSON: ${place}.`)
  }
}

function tooLarge(bytesMax: number): GatewayError {
  const size = bytesMax >= 1024 * 1024 ? `${Math.floor(bytesMax / 1024 / 1024)} MiB` : `${Math.floor(bytesMax / 1024)} KiB`
  return new GatewayError('request_too_large', `The request body is larger than ${size}, the most that is accepted here. Send it in parts.`)
}
