// Owns a collector of traces: a real HTTP server that decodes the protobuf of OTLP, or refuses it.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface ReceivedSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string
  readonly name: string
  /** As in the protocol: 2 server, 3 client. */
  readonly kind: number
  readonly startMs: number
  readonly endMs: number
  /** 0 unset, 2 error. */
  readonly status: number
  readonly attributes: Readonly<Record<string, unknown>>
  readonly resource: Readonly<Record<string, unknown>>
}

export class OtlpCollector {
  readonly spans: ReceivedSpan[] = []
  /** Everything that arrived, heads included. */
  readonly bytes: Buffer[] = []
  readonly headers: Readonly<Record<string, unknown>>[] = []
  /** Answered to every export. */
  status = 200
  requests = 0
  readonly #server: Server

  constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const body = Buffer.concat(chunks)
        this.requests++
        this.bytes.push(Buffer.from(`${request.method} ${request.url} ${JSON.stringify(request.headers)}`), body)
        this.headers.push(request.headers)
        if (this.status === 200) this.spans.push(...decodeTraces(body))
        response.writeHead(this.status, { 'content-type': 'application/x-protobuf' }).end()
      })
    })
    this.#server.unref()
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  ofTrace(traceId: string): ReceivedSpan[] {
    return this.spans.filter((span) => span.traceId === traceId).sort((a, b) => a.startMs - b.startMs || a.kind - b.kind)
  }

  close(): Promise<void> {
    this.#server.closeAllConnections()
    return new Promise((resolve) => this.#server.close(() => resolve()))
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return this
  }
}

export function openOtlpCollector(): Promise<OtlpCollector> {
  return new OtlpCollector().listen()
}

type Fields = Map<number, (Buffer | bigint)[]>

/** ExportTraceServiceRequest */
function decodeTraces(body: Buffer): ReceivedSpan[] {
  return messages(readFields(body), 1).flatMap((resourceSpans) => {
    const resource = attributesOf(messages(resourceSpans, 1)[0] ?? new Map(), 1)
    return messages(resourceSpans, 2).flatMap((scopeSpans) => messages(scopeSpans, 2).map((span) => decodeSpan(span, resource)))
  })
}

function decodeSpan(span: Fields, resource: Readonly<Record<string, unknown>>): ReceivedSpan {
  const bytes = (field: number): Buffer => (span.get(field)?.[0] as Buffer | undefined) ?? Buffer.alloc(0)
  const number = (field: number): bigint => (span.get(field)?.[0] as bigint | undefined) ?? 0n
  return {
    traceId: bytes(1).toString('hex'),
    spanId: bytes(2).toString('hex'),
    parentSpanId: bytes(4).toString('hex'),
    name: bytes(5).toString(),
    kind: Number(number(6)),
    startMs: Number(number(7)) / 1e6,
    endMs: Number(number(8)) / 1e6,
    attributes: attributesOf(span, 9),
    status: Number((messages(span, 15)[0]?.get(3)?.[0] as bigint | undefined) ?? 0n),
    resource,
  }
}

function attributesOf(message: Fields, field: number): Record<string, unknown> {
  return Object.fromEntries(messages(message, field).map((pair) => [(pair.get(1)?.[0] as Buffer).toString(), valueOf(messages(pair, 2)[0] as Fields)]))
}

/** AnyValue: 1 string, 2 bool, 3 int, 4 double. */
function valueOf(value: Fields): unknown {
  const [[field, [raw]] = [0, []]] = value
  if (field === 1) return (raw as Buffer).toString()
  if (field === 2) return raw === 1n
  if (field === 4) {
    const bits = Buffer.alloc(8)
    bits.writeBigUInt64LE(raw as bigint)
    return bits.readDoubleLE()
  }
  return Number(raw)
}

function messages(message: Fields, field: number): Fields[] {
  return (message.get(field) ?? []).map((bytes) => readFields(bytes as Buffer))
}

function readFields(bytes: Buffer): Fields {
  const fields: Fields = new Map()
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++] as number
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return value
    }
  }
  const readers: Readonly<Record<number, () => Buffer | bigint>> = {
    0: varint,
    1: () => bytes.readBigUInt64LE((at += 8) - 8),
    2: () => {
      const length = Number(varint())
      return bytes.subarray(at, (at += length))
    },
    5: () => BigInt(bytes.readUInt32LE((at += 4) - 4)),
  }
  while (at < bytes.length) {
    const tag = Number(varint())
    const read = readers[tag & 7]
    if (read === undefined) throw new Error(`wire type ${tag & 7} at ${at}`)
    const values = fields.get(tag >> 3) ?? []
    values.push(read())
    fields.set(tag >> 3, values)
  }
  return fields
}
