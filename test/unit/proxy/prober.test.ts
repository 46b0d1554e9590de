// A test of one key that a person asked for: outside rotation, short, and without the key in what comes back.
import { afterEach, expect, test } from '@jest/globals'
import { systemClock } from '../../../src/infrastructure/system.ts'
import { UpstreamKeyProber } from '../../../src/proxy/prober.ts'
import { answer, openStand, type Stand } from './stand.ts'

const stands: Stand[] = []
afterEach(async () => {
  for (const stand of stands.splice(0)) await stand.close()
})

async function open(adapter = 'openai', targets?: string): Promise<{ stand: Stand; prober: UpstreamKeyProber; id: string }> {
  const kind = adapter === 'generic' ? 'generic' : 'llm'
  const stand = await openStand({ upstream: { kind, adapter, ...(targets === undefined ? {} : { targets: [{ url: targets, weight: 1 }] }) } })
  stands.push(stand)
  const { snapshot, destinations, client, pool } = stand
  return { stand, prober: new UpstreamKeyProber({ snapshot, destinations, client, clock: systemClock }), id: [...pool.keys.keys()][1] as string }
}

test('a good answer: the key is sent once, in the adapter’s cheapest call, and a parked key comes back', async () => {
  const { stand, prober, id } = await open()
  const key = stand.pool.keys.get(id)
  stand.pool.leaseForProbe(key as NonNullable<typeof key>)
  stand.pool.settle(key as NonNullable<typeof key>, { outcome: 'key_rejected', reason: '401', definite: true })
  stand.script = (socket) => answer(socket, 200, '{"data":[]}')
  expect(await prober.probe(id)).toMatchObject({ ok: true, status: 200, reason: '200', message: '' })
  expect(stand.heads[0]).toMatch(/^GET \/v1\/models HTTP\/1\.1\r\n/)
  expect(stand.heads[0]?.split(`sk-${id}`)).toHaveLength(2)
  expect([key?.state, stand.leased()]).toEqual(['ready', 0])
})

test('a refusal: the vendor’s words without the key, and the key is parked', async () => {
  const { stand, prober, id } = await open()
  stand.script = (socket) =>
    answer(socket, 401, JSON.stringify({ error: { message: `Incorrect API key provided: sk-${id}. Find "yours"`, code: 'invalid_api_key' } }))
  const result = await prober.probe(id)
  expect(result).toMatchObject({ ok: false, status: 401 })
  expect(result.message).toContain('Incorrect API key provided: ****')
  expect(result.message).toContain('"yours"')
  expect(JSON.stringify(result)).not.toContain(`sk-${id}`)
  expect(stand.pool.keys.get(id)?.state).toBe('parked')
})

test('an endless answer is cut off and judged by its status', async () => {
  const { stand, prober, id } = await open('generic')
  stand.script = (socket) => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n')
    const more = (): void => {
      while (!socket.destroyed && socket.write('x'.repeat(16 * 1024)));
    }
    socket.on('drain', more)
    more()
  }
  expect(await prober.probe(id)).toMatchObject({ ok: true, status: 200 })
  expect(stand.leased()).toBe(0)
})

test('no answer: said in our words, the key is not blamed and not leased any more', async () => {
  const { stand, prober, id } = await open('openai', 'http://127.0.0.1:1')
  expect(await prober.probe(id)).toMatchObject({ ok: false, status: undefined, reason: 'connect ECONNREFUSED', message: '' })
  expect([stand.pool.keys.get(id)?.state, stand.leased()]).toEqual(['ready', 0])
})

test('a connection that breaks after the request was sent is told apart from one that was never made', async () => {
  const { stand, prober, id } = await open()
  stand.script = (socket) => socket.destroy()
  expect(await prober.probe(id)).toMatchObject({ ok: false, status: undefined, reason: 'connection closed' })
  expect(stand.leased()).toBe(0)
})

test('a key that the data plane does not know', async () => {
  const { prober } = await open()
  await expect(prober.probe('key_unknown')).rejects.toMatchObject({ code: 'not_found' })
})
