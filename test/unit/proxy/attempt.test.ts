// Connections to upstreams: which are reused, which addresses are allowed, when they are given up, and how a failure is named.
import { afterEach, describe, expect, test } from '@jest/globals'
import { createServer, type Server, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { errors } from 'undici'
import { GatewayError } from '../../../src/errors.ts'
import { systemClock } from '../../../src/infrastructure/system.ts'
import { AddressRefusedError, AttemptAborted, type AttemptController, type AttemptHandler, failureOf, UpstreamClient } from '../../../src/proxy/attempt.ts'
import { createResolver } from '../../../src/proxy/resolver.ts'
import { createTarget } from '../../../src/proxy/target-url.ts'
import { openBlackHole } from '../../support/black-hole.ts'
import { openDnsServer } from '../../support/dns-server.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

interface Vendor {
  readonly port: number
  readonly sockets: Socket[]
  readonly server: Server
}

async function openVendor(): Promise<Vendor> {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => undefined)
    socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closers.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, sockets, server }
}

function openClient(options: { isAddressAllowed?: (address: string) => boolean; servers?: readonly string[] } = {}): UpstreamClient {
  const isAddressAllowed = options.isAddressAllowed ?? (() => true)
  const client = new UpstreamClient({ resolve: createResolver({ servers: options.servers ?? [], isAddressAllowed, clock: systemClock }), isAddressAllowed })
  closers.push(() => client.close())
  return client
}

class Collector implements AttemptHandler {
  wasStarted = false
  readonly done: Promise<number>
  readonly #settle: { resolve: (status: number) => void; reject: (error: Error) => void }
  #status = 0

  constructor() {
    const { promise, resolve, reject } = Promise.withResolvers<number>()
    this.done = promise
    this.#settle = { resolve, reject }
    promise.catch(() => undefined)
  }
  onRequestStart(): void {
    this.wasStarted = true
  }
  onResponseStart(_controller: AttemptController, status: number): void {
    this.#status = status
  }
  onResponseData(): void {}
  onResponseEnd(): void {
    this.#settle.resolve(this.#status)
  }
  onResponseError(_controller: AttemptController | undefined, error: Error): void {
    this.#settle.reject(error)
  }
}

async function send(
  client: UpstreamClient,
  url: string,
  changes: { isFresh?: boolean; connectMs?: number; method?: string } = {},
): Promise<{ status: number } | ReturnType<typeof failureOf>> {
  const collector = new Collector()
  client.dispatch(createTarget(url), { method: 'GET', path: '/', headers: [], body: undefined, connectMs: 1_000, isFresh: false, ...changes }, collector)
  return collector.done.then(
    // A moment later the connection is free again.
    (status) => new Promise((resolve) => setImmediate(resolve, { status })),
    (error: Error) => failureOf(error, collector.wasStarted),
  )
}

describe('connections', () => {
  test('are kept for the next request, but never used twice when a fresh one is asked for', async () => {
    const vendor = await openVendor()
    const client = openClient()
    const url = `http://127.0.0.1:${vendor.port}`
    for (let i = 0; i < 5; i++) expect(await send(client, url)).toEqual({ status: 200 })
    expect(vendor.sockets.length).toBe(1)
    for (let i = 0; i < 5; i++) expect(await send(client, url, { isFresh: true })).toEqual({ status: 200 })
    expect(vendor.sockets.length).toBe(6)
    expect(await send(client, url)).toEqual({ status: 200 })
    expect(vendor.sockets.length).toBe(6)
  })

  test('a refused port, a name that does not exist', async () => {
    const vendor = await openVendor()
    vendor.server.close()
    await once(vendor.server, 'close')
    const client = openClient()
    expect(await send(client, `http://127.0.0.1:${vendor.port}`)).toMatchObject({
      code: 'upstream_unreachable',
      isUnsent: true,
      reason: 'connect ECONNREFUSED',
    })
    const dns = await openDnsServer(() => undefined)
    closers.push(() => dns.close())
    expect(await send(openClient({ servers: [dns.address] }), 'http://nowhere.test')).toMatchObject({ code: 'upstream_unreachable', isUnsent: true })
  })

  test('an address that swallows everything is given up after the time to connect', async () => {
    const hole = await openBlackHole()
    closers.push(() => hole.close())
    expect(await send(openClient(), hole.url, { connectMs: 200 })).toEqual({
      code: 'upstream_timeout',
      reason: 'timeout connect',
      isUnsent: true,
      isFinal: true,
    })
  })

  test('TLS that is none', async () => {
    const vendor = await openVendor()
    expect(await send(openClient(), `https://127.0.0.1:${vendor.port}`)).toMatchObject({ code: 'upstream_tls_error', isUnsent: true, isFinal: true })
  })
})

describe('addresses', () => {
  test('a literal that is not allowed is not connected to', async () => {
    const vendor = await openVendor()
    const client = openClient({ isAddressAllowed: (address) => address !== '127.0.0.1' && address !== '::1' })
    for (const host of ['127.0.0.1', '2130706433', '0x7f.1']) {
      expect(await send(client, `http://${host}:${vendor.port}`)).toMatchObject({ code: 'upstream_address_refused', isUnsent: true, isFinal: true })
    }
    expect(await send(client, `http://[::1]:${vendor.port}`)).toMatchObject({ code: 'upstream_address_refused' })
    expect(vendor.sockets).toHaveLength(0)
  })

  test('of several addresses of a name only the allowed ones are used; none allowed is refused', async () => {
    const vendor = await openVendor()
    const dns = await openDnsServer(({ name, type }) => {
      if (type !== 'A') return []
      return name.startsWith('mixed')
        ? [
            { type: 'A', address: '10.1.2.3' },
            { type: 'A', address: '127.0.0.1' },
          ]
        : [{ type: 'A', address: '10.1.2.3' }]
    })
    closers.push(() => dns.close())
    const client = openClient({ servers: [dns.address], isAddressAllowed: (address) => address === '127.0.0.1' })
    expect(await send(client, `http://mixed.test:${vendor.port}`)).toEqual({ status: 200 })
    expect(await send(client, `http://private.test:${vendor.port}`)).toMatchObject({ code: 'upstream_address_refused' })
  })

  test('connections that wait for the same name ask once, and an answer is remembered for a moment only when it was good', async () => {
    let isDown = true
    const dns = await openDnsServer(({ type }) => (isDown ? undefined : type === 'A' ? [{ type: 'A', address: '127.0.0.1' }] : []))
    closers.push(() => dns.close())
    const resolve = createResolver({ servers: [dns.address], isAddressAllowed: () => true, clock: systemClock })
    const failed = await Promise.allSettled(Array.from({ length: 20 }, () => resolve('a.test')))
    expect(failed.every(({ status }) => status === 'rejected')).toBe(true)
    expect(dns.questions).toHaveLength(2)
    isDown = false
    for (let i = 0; i < 5; i++) expect(await resolve('a.test')).toEqual([{ address: '127.0.0.1', family: 4 }])
    expect(dns.questions).toHaveLength(4)
  })
})

describe('failureOf', () => {
  const withCode = (code: string): Error => Object.assign(new Error(code), { code })

  test.each([
    ['refused', withCode('ECONNREFUSED'), false, 'upstream_unreachable', true],
    ['reset before anything was sent', withCode('ECONNRESET'), false, 'upstream_unreachable', true],
    ['reset later', withCode('ECONNRESET'), true, 'upstream_reset', false],
    ['the other side closed', new errors.SocketError('other side closed'), true, 'upstream_reset', false],
    ['certificate', withCode('CERT_HAS_EXPIRED'), false, 'upstream_tls_error', true],
    ['self-signed', withCode('DEPTH_ZERO_SELF_SIGNED_CERT'), false, 'upstream_tls_error', true],
    ['wrong host', withCode('ERR_TLS_CERT_ALTNAME_INVALID'), false, 'upstream_tls_error', true],
    ['headers too large', new errors.HeadersOverflowError(), true, 'upstream_headers_too_large', false],
    ['malformed', new errors.HTTPParserError('bad'), true, 'upstream_malformed', false],
    ['bad upgrade', new errors.SocketError('bad upgrade'), true, 'upstream_malformed', false],
    ['not allowed', new AddressRefusedError('no'), false, 'upstream_address_refused', true],
    ['our own timeout', new AttemptAborted('upstream_timeout', 'timeout idle'), true, 'upstream_timeout', false],
    ['our own limit', new GatewayError('request_too_large', 'too large'), true, 'request_too_large', false],
    ['several addresses', new AggregateError([withCode('ECONNREFUSED'), withCode('EHOSTUNREACH')]), false, 'upstream_unreachable', true],
    ['a cause', new Error('outer', { cause: withCode('ENOTFOUND') }), false, 'upstream_unreachable', true],
  ])('%s', (_name, error, wasStarted, code, isUnsent) => {
    expect(failureOf(error, wasStarted)).toMatchObject({ code, isUnsent })
  })
})
