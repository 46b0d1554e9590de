// Owns a tiny UDP name server with scripted answers and TTL 0 (RFC 1035), for rebinding tests.
import { createSocket, type Socket } from 'node:dgram'
import { isIPv4 } from 'node:net'

export type DnsRecord = { readonly type: 'A' | 'AAAA'; readonly address: string } | { readonly type: 'CNAME'; readonly name: string }

/** Called per question; `count` starts at 0 for each (name, type). An empty list is NODATA, undefined NXDOMAIN. */
export type DnsScript = (question: { readonly name: string; readonly type: 'A' | 'AAAA' | 'other'; readonly count: number }) => readonly DnsRecord[] | undefined

export interface DnsServer {
  readonly port: number
  /** `ip:port` for a resolver. */
  readonly address: string
  readonly questions: readonly string[]
  close(): Promise<void>
}

const TYPES: Readonly<Record<number, 'A' | 'AAAA'>> = { 1: 'A', 28: 'AAAA' }
const NUMBERS = { A: 1, CNAME: 5, AAAA: 28 } as const

export async function openDnsServer(script: DnsScript): Promise<DnsServer> {
  const socket: Socket = createSocket('udp4')
  const questions: string[] = []
  const counts = new Map<string, number>()
  socket.on('message', (message, from) => {
    const { name, end } = readName(message, 12)
    const type = TYPES[message.readUInt16BE(end)] ?? 'other'
    const id = `${name} ${type}`
    questions.push(id)
    const count = counts.get(id) ?? 0
    counts.set(id, count + 1)
    socket.send(renderAnswer(message, end + 4, name, script({ name, type, count })), from.port, from.address)
  })
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  const { port } = socket.address()
  return { port, address: `127.0.0.1:${port}`, questions, close: () => new Promise((resolve) => socket.close(() => resolve())) }
}

function readName(message: Buffer, start: number): { name: string; end: number } {
  const labels: string[] = []
  let at = start
  for (let size = message[at] ?? 0; size > 0; size = message[at] ?? 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + size))
    at += size + 1
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 }
}

function renderAnswer(question: Buffer, questionEnd: number, name: string, records: readonly DnsRecord[] | undefined): Buffer {
  const head = Buffer.alloc(12)
  question.copy(head, 0, 0, 2)
  head.writeUInt16BE(0x8580 | (records === undefined ? 3 : 0), 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt16BE(records?.length ?? 0, 6)
  let owner = name
  const answers = (records ?? []).map((record) => {
    const data = record.type === 'CNAME' ? writeName(record.name) : writeAddress(record.address)
    const fixed = Buffer.alloc(10)
    fixed.writeUInt16BE(NUMBERS[record.type], 0)
    fixed.writeUInt16BE(1, 2)
    fixed.writeUInt16BE(data.length, 8)
    const bytes = Buffer.concat([writeName(owner), fixed, data])
    if (record.type === 'CNAME') owner = record.name
    return bytes
  })
  return Buffer.concat([head, question.subarray(12, questionEnd), ...answers])
}

function writeName(name: string): Buffer {
  const labels = name.split('.').map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label, 'latin1')]))
  return Buffer.concat([...labels, Buffer.from([0])])
}

function writeAddress(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number))
  const [left, right] = address.split('::') as [string, string | undefined]
  const groups = (text: string | undefined): string[] => (text === undefined || text === '' ? [] : text.split(':'))
  const head = groups(left)
  const tail = groups(right)
  const middle = Array.from({ length: 8 - head.length - tail.length }, () => '0')
  const bytes = Buffer.alloc(16)
  ;[...head, ...middle, ...tail].forEach((group, i) => bytes.writeUInt16BE(Number.parseInt(group, 16), i * 2))
  return bytes
}
