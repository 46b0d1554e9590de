// The runner of health checks: what it sends, how much at once, and that it ends.
import { afterEach, expect, test } from '@jest/globals'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { findAdapter } from '../../../src/adapters/index.ts'
import { generic } from '../../../src/adapters/generic/index.ts'
import type { Upstream } from '../../../src/domain/upstream.ts'
import { systemClock, systemRandom } from '../../../src/infrastructure/system.ts'
import { limits } from '../../../src/limits.ts'
import type { Logger } from '../../../src/ports/logger.ts'
import { UpstreamClient } from '../../../src/proxy/attempt.ts'
import { Destinations } from '../../../src/proxy/destination.ts'
import { sendHealthCheck } from '../../../src/proxy/health-check.ts'
import { createResolver } from '../../../src/proxy/resolver.ts'
import { createTarget } from '../../../src/proxy/target-url.ts'
import { TargetWatch } from '../../../src/proxy/target-watch.ts'
import type { ConfigurationSnapshot } from '../../../src/services/snapshot.ts'
import { TargetRegistry } from '../../../src/services/target-registry.ts'
import { anUpstream } from '../../support/rows.ts'
import { until } from '../../support/until.ts'

const POLICY = { path: '/healthz', intervalMs: 1_000, timeoutMs: 5_000, healthyThreshold: 1, unhealthyThreshold: 1, expectedStatus: '200-399' }
const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function serve(handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(handle)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function openClient(isAllowed = true): UpstreamClient {
  const isAddressAllowed = (): boolean => isAllowed
  const client = new UpstreamClient({ resolve: createResolver({ servers: [], isAddressAllowed, clock: systemClock }), isAddressAllowed })
  closers.push(() => client.close())
  return client
}

function openWatch(upstreams: readonly Upstream[]) {
  const logged: string[] = []
  const log = (...words: unknown[]): void => void logged.push(JSON.stringify(words))
  const logger: Logger = { log, error: log, warn: log, info: log, debug: log }
  const random = { ...systemRandom, fraction: () => 0 }
  const targets = new TargetRegistry({ clock: systemClock, random, logger })
  const defaults = { connectMs: 1_000, llmFirstByteMs: 5_000, proxyFirstByteMs: 5_000, idleMs: 5_000, totalMs: 60_000 }
  const snapshot: { current: unknown } = { current: undefined }
  const put = (rows: readonly Upstream[]): void => {
    snapshot.current = { version: 1, upstreams: new Map(rows.map((upstream) => [upstream.slug, { upstream }])), clientKeys: new Map() }
    watch.follow()
  }
  const destinations = new Destinations(defaults, findAdapter, generic, targets)
  const watch = new TargetWatch({
    ...{ snapshot: snapshot as unknown as ConfigurationSnapshot, destinations, targets, logger, random },
    client: openClient(),
    clock: systemClock,
  })
  closers.push(() => watch.stop())
  put(upstreams)
  return { watch, targets, put, logged }
}

const checkOnce = (url: string, client: UpstreamClient, policy = POLICY): Promise<string> =>
  new Promise((resolve) => {
    sendHealthCheck(client, { target: createTarget(url), connectMs: 1_000, policy }, (isGood, reason) => resolve(`${isGood} ${reason}`))
  })

test('one check: its own connection, no credential, only the head is waited for', async () => {
  const seen: IncomingMessage[] = []
  const url = await serve((request, response) => {
    seen.push(request)
    // The body never ends.
    response.writeHead(request.url === '/bad' ? 503 : 200).write('x')
  })
  const client = openClient()
  expect(await checkOnce(`${url}/v1`, client)).toBe('true 200')
  expect(await checkOnce(url, client, { ...POLICY, path: '/bad' })).toBe('false 503')
  expect(seen[0]?.socket).not.toBe(seen[1]?.socket)
  expect(seen[0]?.url).toBe('/healthz')
  expect(Object.keys(seen[0]?.headers ?? {}).sort()).toEqual(['accept', 'connection', 'host', 'user-agent'])
})

test('one check: refused connections, refused addresses and silence are bad, each with its reason', async () => {
  expect(await checkOnce('http://127.0.0.1:1', openClient())).toBe('false connect ECONNREFUSED')
  expect(await checkOnce('http://127.0.0.1:1', openClient(false))).toBe('false address refused')
  const url = await serve(() => undefined)
  expect(await checkOnce(url, openClient(), { ...POLICY, timeoutMs: 100 })).toBe('false timeout')
  const broken = await serve((request) => void request.socket.destroy())
  expect(await checkOnce(broken, openClient())).toBe('false connection closed')
})

test('never more checks at once than the bound, and all get their turn', async () => {
  let out = 0
  let most = 0
  const waiting: ServerResponse[] = []
  const url = await serve((_request, response) => {
    most = Math.max(most, ++out)
    waiting.push(response)
  })
  const rows = Array.from({ length: limits.healthChecksParallel + 8 }, (_, index) =>
    anUpstream({ slug: `many-${index}`, targets: [{ url: `${url}/${index}`, weight: 1 }], healthCheck: POLICY }),
  )
  const { targets } = openWatch(rows)
  await until(() => waiting.length === limits.healthChecksParallel)
  const checked = (): number => targets.list().filter((set) => set.targets[0]?.checkedAtMs !== undefined).length
  while (checked() < rows.length) {
    const response = waiting.shift()
    if (response !== undefined) {
      out--
      response.end()
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(most).toBe(limits.healthChecksParallel)
})

test('a row that cannot be used does not keep the others from being checked', async () => {
  const url = await serve((_request, response) => response.writeHead(404).end())
  const bad = anUpstream({ slug: 'bad', targets: [{ url: 'nonsense', weight: 1 }], healthCheck: POLICY })
  const { targets, logged } = openWatch([bad, anUpstream({ slug: 'good', targets: [{ url, weight: 1 }], healthCheck: POLICY })])
  await until(() => targets.list().find(({ slug }) => slug === 'good')?.targets[0]?.isHealthy === false)
  expect(logged.join()).toMatch(/target\.refused.*target\.unhealthy/)
})

test('disabled upstreams are not checked; after stop nothing is, and no answer changes anything', async () => {
  let checks = 0
  const held: ServerResponse[] = []
  const url = await serve((_request, response) => {
    checks++
    held.push(response)
  })
  const row = anUpstream({ slug: 'one', targets: [{ url, weight: 1 }], healthCheck: POLICY })
  const { watch, targets, put } = openWatch([{ ...row, enabled: false }])
  put([row])
  await until(() => held.length === 1)
  watch.stop()
  held[0]?.writeHead(500).end()
  watch.follow()
  put([{ ...row }])
  const other = await checkOnce(await serve((_request, response) => response.end()), openClient())
  expect(other).toBe('true 200')
  expect(checks).toBe(1)
  expect(targets.list()[0]?.targets[0]).toMatchObject({ isHealthy: true, checkedAtMs: undefined })
})
