// Owns the proof that the network faults of the harness are what they say: proxy, black hole, name server, certificates.
import { Resolver } from 'node:dns/promises'
import { connect, createServer, type AddressInfo, type Server } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { openBlackHole } from './black-hole.ts'
import { createAuthority, createSelfSigned } from './certificates.ts'
import { openChaosUpstream, type ChaosUpstream } from './chaos-upstream.ts'
import { openDnsServer } from './dns-server.ts'
import { openFaultProxy, type Fault } from './fault-proxy.ts'
import { requestText, sendRaw } from './raw-client.ts'

let upstream: ChaosUpstream
beforeAll(async () => {
  upstream = await openChaosUpstream()
})
afterAll(() => upstream.close())

describe('fault proxy', () => {
  const cases: [Fault, string, number][] = [
    [{ mode: 'pass' }, 'open', 1],
    [{ mode: 'hang' }, 'open', 0],
    [{ mode: 'refuse' }, 'rst', 0],
    [{ mode: 'reset-after', bytes: 20 }, 'rst', 0],
    [{ mode: 'drop-replies' }, 'open', 0],
    [{ mode: 'slice' }, 'open', 1],
    [{ mode: 'latency', ms: 30 }, 'open', 1],
    [{ mode: 'half-close' }, 'fin', 0],
  ]
  test.each(cases)('%j', async (fault, closedBy, answers) => {
    const proxy = await openFaultProxy({ port: upstream.port })
    await proxy.switch(fault)
    const result = await sendRaw(proxy.port, requestText('GET', '/ok'), { timeoutMs: 300 })
    expect([result.closedBy, result.responses.filter((response) => response.ending === 'length').length]).toEqual([closedBy, answers])
    await proxy.switch({ mode: 'pass' })
    expect((await sendRaw(proxy.port, requestText('GET', '/ok'))).responses[0]?.status).toBe(200)
    await proxy.close()
  })

  test('reset-after lets exactly so many bytes through', async () => {
    const proxy = await openFaultProxy({ port: upstream.port })
    await proxy.switch({ mode: 'reset-after', bytes: 20 })
    const result = await sendRaw(proxy.port, requestText('GET', '/ok'), { responses: 0 })
    expect(result.bytes.length).toBe(20)
    await proxy.close()
  })
})

test('a connection to the black hole neither succeeds nor fails', async () => {
  const hole = await openBlackHole()
  const socket = connect({ port: hole.port, host: '127.0.0.1' })
  const outcome = await new Promise((resolve) => {
    socket.on('connect', () => resolve('connected')).on('error', (error) => resolve(error.message))
    setTimeout(resolve, 700, 'hangs')
  })
  socket.destroy()
  hole.close()
  expect(outcome).toBe('hangs')
})

test('the name server alternates, speaks both families and follows its script', async () => {
  const server = await openDnsServer(({ name, type, count }) => {
    if (name === 'gone.test') return undefined
    if (type === 'AAAA') return [{ type: 'AAAA', address: 'fd00:ec2::254' }]
    return [{ type: 'A', address: count % 2 === 0 ? '203.0.113.7' : '127.0.0.1' }]
  })
  const resolver = new Resolver()
  resolver.setServers([server.address])
  expect(await resolver.resolve4('flip.test')).toEqual(['203.0.113.7'])
  expect(await resolver.resolve4('flip.test')).toEqual(['127.0.0.1'])
  expect(await resolver.resolve6('flip.test')).toEqual(['fd00:ec2::254'])
  await expect(resolver.resolve4('gone.test')).rejects.toThrow(/ENOTFOUND/)
  await server.close()
})

describe('certificates', () => {
  const authority = createAuthority()
  const day = 24 * 3_600_000
  const cases: [string, { cert: string; key: string }, string][] = [
    ['good', authority.issue({ commonName: 'good', addresses: ['127.0.0.1'] }), 'secure'],
    [
      'expired',
      authority.issue({ commonName: 'old', addresses: ['127.0.0.1'], notBefore: new Date(Date.now() - 2 * day), notAfter: new Date(Date.now() - day) }),
      'CERT_HAS_EXPIRED',
    ],
    ['wrong host', authority.issue({ commonName: 'other', dnsNames: ['other.test'] }), 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['self-signed', createSelfSigned({ commonName: '127.0.0.1', addresses: ['127.0.0.1'] }), 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  ]
  test.each(cases)('%s', async (_name, pair, expected) => {
    const server = await openChaosUpstream({ tls: pair })
    const outcome = await new Promise((resolve) => {
      const socket = connectTls({ port: server.port, host: '127.0.0.1', ca: [authority.cert] }, () => {
        resolve('secure')
        socket.destroy()
      })
      socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code))
    })
    await server.close()
    expect(outcome).toBe(expected)
  })
})

test('the raw client tells a FIN from a RST and reads informational answers', async () => {
  const server: Server = createServer((socket) => {
    socket.on('error', () => {})
    socket.end('HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const result = await sendRaw((server.address() as AddressInfo).port, requestText('GET', '/'), { responses: 0 })
  expect(result).toMatchObject({ closedBy: 'fin', informational: [103] })
  expect(result.responses[0]).toMatchObject({ status: 200, ending: 'length' })
  server.close()
})
