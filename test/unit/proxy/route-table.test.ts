// The table of rules once more, through a socket: what the matcher says is what a client gets.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { compileRoutes } from '../../../src/domain/route-matcher.ts'
import { aClientKey } from '../../support/rows.ts'
import { ROUTE_CASES, type RouteCase } from '../domain/route-cases.ts'
import { openStand, RawTalk, type Stand } from './stand.ts'

let stand: Stand
beforeAll(async () => void (stand = await openStand()))
afterAll(() => stand.close())

/** Asks over a connection of its own. @returns the body, or the status when that is not 200 */
async function ask({ routes, request }: RouteCase): Promise<string> {
  const { method, target, host, headers, model, clientKeyId, accountId } = request
  const key = clientKeyId === undefined && accountId === undefined ? undefined : `sk-table-${clientKeyId}-${accountId}`
  // What they answer is not the question here: each says its name.
  const named = routes.map((route) => ({
    ...route,
    requiresClientKey: false,
    action: { type: 'mock', status: 200, headers: {}, body: route.name } as const,
  }))
  Object.assign(stand.snapshot.current as object, {
    routes: compileRoutes(named),
    clientKeys: new Map(key === undefined ? [] : [[key, aClientKey({ id: clientKeyId ?? 'cli_any', digest: key, accountId })]]),
  })
  const body = model === undefined ? '' : JSON.stringify({ messages: [{ model: 'inner' }], model })
  const sent = [
    ['host', host],
    ['connection', 'close'],
    ...headers,
    ...(key === undefined ? [] : [['x-proxy-key', key]]),
    ...(body === ''
      ? []
      : [
          ['content-type', 'application/json'],
          ['content-length', String(body.length)],
        ]),
  ]
  const talk = new RawTalk(stand.port, `${method} ${target} HTTP/1.1\r\n${sent.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`)
  await talk.closed
  const status = Number(talk.received.split(' ')[1])
  if (status !== 200) return String(status)
  return method === 'HEAD' ? `HEAD ${/^content-length: (\d+)/im.exec(talk.received)?.[1]}` : talk.received.slice(talk.received.indexOf('\r\n\r\n') + 4)
}

/** Not over a wire: the page of the gateway has `/`, and HTTP itself takes away the space around values of headers. */
const CASES = ROUTE_CASES.filter(({ request }) => request.target !== '/' && request.headers.every(([, value]) => value === value.trim()))

test.each(CASES.map((each) => [each.title, each] as const))('%s', async (_, each) => {
  const { request, expected, shadows } = each
  const before = new Map(stand.metrics.routeShadows.entries())
  const got = await ask(each)
  if (expected === undefined) expect(['400', '404', '405']).toContain(got)
  else expect(got).toBe(request.method === 'HEAD' ? `HEAD ${expected.length}` : expected)
  const counted = [...stand.metrics.routeShadows.entries()].flatMap(([name, count]) => (count > (before.get(name) ?? 0) ? [name] : []))
  expect(counted.sort()).toEqual([...shadows].sort())
})

test('at least 150 cases went over the wire', () => {
  expect(CASES.length).toBeGreaterThanOrEqual(150)
})
