// Live events of several replicas over a real Redis: what happens in one is heard at another, while somebody listens there.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { EventSourceListener, heard, ofType, WebSocketListener } from '../support/event-listener.ts'
import type { Gateway } from '../support/gateway.ts'
import { describeWith } from '../support/servers/required.ts'
import { until } from '../support/until.ts'
import { openStack, type Stack } from './stack.ts'

let stack: Stack
const [here, there] = [(): Gateway => stack.gateways[0] as Gateway, (): Gateway => stack.gateways[1] as Gateway]

describeWith('mariadb', 'live events of replicas', () => {
  beforeAll(async () => {
    stack = await openStack({ replicas: 2, redisTimeoutMs: 1_000 })
    await stack.addUpstream('shared', ['sk-of-the-shared-upstream-0001', 'sk-of-the-shared-upstream-0002'])
  }, 120_000)
  afterAll(() => stack?.close())

  test('requests, changes and keys of the other replica are heard, each once, with the name of the replica', async () => {
    const socket = new WebSocketListener(`ws://127.0.0.1:${here().port}/ws`, here().admin.token)
    const events = new EventSourceListener(here().port, here().admin.token, '?topics=requests,config,keys')
    await socket.subscribe()
    await heard(events, ({ type }) => type === 'hello')
    // What is listened to here is told there a moment later: from the first event that came over, all come.
    let attempt = 0
    await until(async () => {
      await there().send('GET', '/proxy/shared/ok', { 'x-request-id': `warm-up-${attempt++}` })
      return [socket, events].every((listener) => ofType(listener, 'request.finished').length > 0)
    })
    const [key] = await there().admin.listKeys((await there().admin.expectOk('GET', '/upstreams')).data[0].id)
    await there().send('GET', '/proxy/shared/ok', { 'x-request-id': 'over-there-1' })
    await here().send('GET', '/proxy/shared/ok', { 'x-request-id': 'over-here-1' })
    await there().admin.expectOk('PATCH', `/keys/${key?.id}`, { enabled: false })
    for (const listener of [socket, events]) {
      const theirs = await heard(listener, ({ data }) => data?.request_id === 'over-there-1')
      const ours = await heard(listener, ({ data }) => data?.request_id === 'over-here-1')
      expect(theirs.replica).not.toBe(ours.replica)
      expect((await heard(listener, ({ type }) => type === 'key.changed')).data).toMatchObject({ key_id: key?.id, to: 'disabled' })
      // Each replica puts the change in force for itself.
      await until(() => new Set(ofType(listener, 'config.in_force').map(({ replica }) => replica)).size === 2)
      for (const id of ['over-there-1', 'over-here-1']) expect(listener.messages.filter(({ data }) => data?.request_id === id)).toHaveLength(1)
      expect(new Set(listener.messages.map(({ id }) => id).filter((id) => id !== undefined)).size).toBe(
        listener.messages.filter(({ id }) => id !== undefined).length,
      )
    }
    for (const listener of [socket, events]) listener.close()
  })

  test('the status shows both replicas with the configuration they have; one that leaves is heard of', async () => {
    const socket = new WebSocketListener(`ws://127.0.0.1:${here().port}/ws`, here().admin.token)
    await socket.subscribe({ topics: ['replicas'] })
    await until(async () => {
      const status = await here().admin.expectOk('GET', '/status')
      const [own, other] = status.replicas
      return status.replicas.length === 2 && own.this_process && other.config_version === status.config.stored_version && !status.config.drift
    })
    const third = await stack.start(2)
    await heard(socket, ({ type }) => type === 'replica.joined')
    third.child.signal('SIGTERM')
    await third.child.exit()
    await heard(socket, ({ type }) => type === 'replica.left')
    socket.close()
  })
})
