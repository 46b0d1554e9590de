// The vendor inside the gateway: it must never take the gateway down with it.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { DEMO_KEYS, type DemoVendor, openDemoVendor } from '../../src/demo/demo-vendor.ts'
import { RawTalk } from './proxy/stand.ts'

let vendor: DemoVendor
beforeEach(async () => {
  vendor = await openDemoVendor()
})
afterEach(() => vendor.close())

const keys = DEMO_KEYS.map((key) => key.reveal())

function ask(path: string, key: string | undefined, body?: unknown): Promise<Response> {
  const headers: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` }
  return fetch(`http://127.0.0.1:${vendor.port}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
}

test('two keys work, the third is always limited, any other is refused', async () => {
  expect((await ask('/v1/models', keys[0])).status).toBe(200)
  expect((await ask('/v1/models', keys[1])).status).toBe(200)
  const limited = await ask('/v1/models', keys[2])
  expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '30'])
  expect((await ask('/v1/models', 'sk-other')).status).toBe(401)
  expect((await ask('/v1/models', undefined)).status).toBe(401)
})

test.each(['//', '///', '//a:b@', '//[', '/%', '/a?b=%', '/?alt=sse&alt=sse'])('the odd path %j is answered', async (path) => {
  const talk = await new RawTalk(vendor.port, `GET ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${keys[0]}\r\nconnection: close\r\n\r\n`).until(
    '\r\n\r\n',
  )
  expect(talk.received).toMatch(/^HTTP\/1\.1 200 /)
  talk.end()
})

test.each([
  ['/v1/chat/completions', 'data: [DONE]\n\n'],
  ['/v1/responses', '"type":"response.completed"'],
  ['/v1/messages', 'event: message_stop'],
  ['/v1beta/models/demo-1:streamGenerateContent?alt=sse', '"finishReason":"STOP"'],
])('%s streams to its end', async (path, end) => {
  const response = await ask(path, keys[0], { stream: true })
  expect(response.headers.get('content-type')).toContain('text/event-stream')
  expect(await response.text()).toContain(end)
})

test('bodies that are no object are answered like empty ones', async () => {
  for (const body of [null, 5, 'text', []]) expect((await ask('/v1/chat/completions', keys[0], body)).status).toBe(200)
})
