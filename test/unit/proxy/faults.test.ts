// One error takes no process down: faults in what watches the data plane, in its handlers, and in where the log goes.
import { once } from 'node:events'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { Writable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createHttpServer } from '../../../src/http/server.ts'
import { openLogging } from '../../../src/infrastructure/logging/open-logging.ts'
import { MetricCounts } from '../../../src/infrastructure/metrics/metric-counts.ts'
import { unfailing } from '../../../src/infrastructure/unfailing.ts'
import { systemClock } from '../../../src/infrastructure/system.ts'
import type { AccessLog } from '../../../src/ports/logger.ts'
import type { Metrics } from '../../../src/ports/metrics.ts'
import { sendRaw } from '../../support/raw-client.ts'
import { until } from '../../support/until.ts'
import { openStand, type Stand } from './stand.ts'

const uncaught: unknown[] = []
const remember = (error: unknown): void => void uncaught.push(error)
beforeAll(() => void process.on('uncaughtException', remember).on('unhandledRejection', remember))
afterAll(() => {
  process.off('uncaughtException', remember).off('unhandledRejection', remember)
  expect(uncaught).toEqual([])
})

/** The real counts, all of whose methods fail. */
class FaultyCounts extends MetricCounts {
  readonly calls = new Set<string>()

  #fail(method: string): never {
    this.calls.add(method)
    throw new Error(`fault in ${method}`)
  }

  override exchangeStarted(): void {
    this.#fail('exchangeStarted')
  }

  override exchangeFinished(): void {
    this.#fail('exchangeFinished')
  }

  override attemptFinished(): void {
    this.#fail('attemptFinished')
  }

  override failureAbsorbed(): void {
    this.#fail('failureAbsorbed')
  }

  override poolExhausted(): void {
    this.#fail('poolExhausted')
  }

  override authFailed(): void {
    this.#fail('authFailed')
  }
}

describe('metrics and access log that fail', () => {
  const counts = new FaultyCounts()
  const told: string[] = []
  let stand: Stand
  beforeAll(async () => {
    const tell = (text: string): void => void told.push(text.split('\n')[0] as string)
    const accessLog: AccessLog = {
      write: () => {
        throw new Error('fault in write')
      },
    }
    stand = await openStand({
      metrics: unfailing<Metrics>(counts, 'metrics', tell) as MetricCounts,
      accessLog: unfailing(accessLog, 'accessLog', tell),
      keys: 2,
    })
  })
  afterAll(() => stand.close())

  const statusOf = async (text: string): Promise<number | undefined> => (await sendRaw(stand.port, text, { methods: ['GET'] })).responses[0]?.status

  test('requests are served, refused, retried and given up as ever, and nothing stays behind', async () => {
    stand.script = (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
    expect(await statusOf(stand.text('GET', '/a'))).toBe(200)
    expect(await statusOf(stand.text('GET', '/a', { authorization: 'Bearer nobody-knows-this-one' }))).toBe(401)
    stand.script = (socket, _head, _body, request) =>
      socket.write(request === 2 ? 'HTTP/1.1 429 No\r\nretry-after: 30\r\ncontent-length: 0\r\n\r\n' : 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
    expect(await statusOf(stand.text('GET', '/a'))).toBe(200)
    stand.script = (socket) => socket.write('HTTP/1.1 429 No\r\nretry-after: 30\r\ncontent-length: 0\r\n\r\n')
    expect(await statusOf(stand.text('GET', '/a'))).toBe(429)
    // A client that leaves: the report comes from an event of its socket.
    stand.pool.update([])
    const leaving = connect(stand.port, '127.0.0.1').on('error', () => undefined)
    leaving.write(stand.text('POST', '/a', { 'content-length': '10' }))
    await until(() => stand.plane.inFlight === 1)
    leaving.destroy()
    await until(() => stand.plane.inFlight === 0)
    expect(stand.leased()).toBe(0)
    expect([...counts.calls].sort()).toEqual(['attemptFinished', 'authFailed', 'exchangeFinished', 'exchangeStarted', 'failureAbsorbed', 'poolExhausted'])
    // Once for each, however often it fails.
    expect(told.sort()).toEqual([
      'accessLog.write failed and is ignored from now on: Error: fault in write',
      ...[...counts.calls].sort().map((method) => `metrics.${method} failed and is ignored from now on: Error: fault in ${method}`),
    ])
  })
})

test('a handler that throws fails its own request, on a connection that ends; the next one is served', async () => {
  const errors: unknown[] = []
  const server = createHttpServer({
    handle: (request, response) => {
      if (request.url === '/begun') response.writeHead(200).write('a')
      if (request.url !== '/ok') throw new Error(`fault at ${request.url}`)
      response.end('fine')
    },
    upgrade: () => {
      throw new Error('fault at the upgrade')
    },
    decidesContinue: () => false,
    newRequestId: () => 'req_1',
    onError: (error) => errors.push(error),
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const ask = (target: string, more = ''): ReturnType<typeof sendRaw> => sendRaw(port, `GET ${target} HTTP/1.1\r\nhost: g\r\n${more}\r\n`, { methods: ['GET'] })
  const [refused] = (await ask('/bug')).responses
  expect(refused?.status).toBe(500)
  expect(JSON.parse(refused?.body.toString() ?? '')).toMatchObject({ status: 500, code: 'internal', request_id: 'req_1' })
  await ask('/begun').catch(() => undefined)
  await ask('/bug', 'connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n').catch(
    () => undefined,
  )
  expect((await ask('/ok', 'connection: close\r\n')).responses[0]?.body.toString()).toBe('fine')
  expect(errors.map((error) => (error as Error).message)).toEqual(['fault at /bug', 'fault at /begun', 'fault at the upgrade'])
  server.closeAllConnections()
  server.close()
})

test('a log whose stream throws loses its lines, and says nothing else', async () => {
  const stream = new Writable()
  stream.write = () => {
    throw new Error('fault in the stream')
  }
  const logging = openLogging({ stream, clock: systemClock, level: 'info', format: 'json', colours: false, version: '0', instance: 'test' })
  logging.logger.info('test.line', 'one')
  await until(() => logging.dropped() > 0 || uncaught.length > 0)
  logging.logger.info('test.line', 'two')
  // What cannot be written as text fails in the logger itself.
  const hostile = {
    toJSON: () => {
      throw new Error('fault in a field')
    },
  }
  logging.logger.error('test.line', 'three', { error: hostile })
  await logging.close()
  expect(uncaught).toEqual([])
})
