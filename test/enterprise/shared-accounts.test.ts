// Accounts over replicas: a disabled account is refused everywhere, locks and sessions hold everywhere, and all write one record.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { AdminClient } from '../support/admin-client.ts'
import { createCanary } from '../support/canaries.ts'
import type { Gateway } from '../support/gateway.ts'
import { describeWith } from '../support/servers/required.ts'
import { keysOf, openStack, untilAll, type Stack } from './stack.ts'

const PASSWORD = 'Tr4verse-granite-otter'

let stack: Stack
const first = (): Gateway => stack.gateways[0] as Gateway
const second = (): Gateway => stack.gateways[1] as Gateway

describeWith('mariadb', 'accounts over replicas', () => {
  beforeAll(async () => {
    stack = await openStack({ replicas: 2 })
    await stack.addUpstream('shared', keysOf(1))
  }, 120_000)
  afterAll(() => stack?.close())

  test('a disabled account is refused by every replica', async () => {
    const account = await first().admin.expectOk('POST', '/accounts', { name: createCanary('acc-') })
    const { key } = await first().admin.expectOk('POST', '/client-keys', { name: 'x', account_id: account.id })
    const statusAt = async (gateway: Gateway): Promise<number> =>
      (await gateway.send('GET', '/proxy/shared/ok', { 'X-Proxy-Key': key as string })).responses[0]?.status ?? 0
    await untilAll(stack.gateways, async (gateway) => (await statusAt(gateway)) === 200)
    await first().admin.expectOk('PATCH', `/accounts/${account.id}`, { enabled: false })
    expect(await statusAt(first())).toBe(401)
    await untilAll(stack.gateways, async (gateway) => (await statusAt(gateway)) === 401)
  })

  test('a session that ends at one replica is over at the other; failed sign-ins are counted together', async () => {
    const account = await first().admin.expectOk('POST', '/accounts', { name: createCanary('acc-') })
    const username = 'nora'
    const person = await first().admin.expectOk('POST', '/users', { username, password: PASSWORD, role: 'viewer', account_id: account.id })
    const own = new AdminClient(second().url)
    await own.signIn(username, PASSWORD)
    expect((await own.call('GET', '/accounts')).body.data).toHaveLength(1)
    await first().admin.expectOk('PATCH', `/users/${person.id}`, { role: 'operator' })
    expect((await own.call('GET', '/accounts')).status).toBe(401)
    await own.signIn(username, PASSWORD)
    await first().admin.expectOk('PATCH', `/accounts/${account.id}`, { enabled: false })
    expect((await own.call('GET', '/accounts')).status).toBe(401)
    await first().admin.expectOk('PATCH', `/accounts/${account.id}`, { enabled: true })
    for (let tries = 0; tries < 5; tries++) {
      const gateway = tries % 2 === 0 ? first() : second()
      expect((await new AdminClient(gateway.url).call('POST', '/login', { username, password: 'wrong' })).status).toBe(401)
    }
    for (const gateway of stack.gateways) {
      expect((await new AdminClient(gateway.url).call('POST', '/login', { username, password: PASSWORD })).body.code).toBe('login_locked')
    }
  })

  test('both replicas write at the same time: one chain, without a gap or a branch', async () => {
    const writes = Array.from({ length: 60 }, (_, index) =>
      (index % 2 === 0 ? first() : second()).admin.expectOk('POST', '/client-keys', { name: `both-${index}` }),
    )
    await Promise.all(writes)
    const verdict = await second().admin.expectOk('GET', '/audit/verify')
    expect(verdict).toMatchObject({ whole: true, fault: null, next_cursor: null })
    const { data } = await first().admin.expectOk('GET', '/audit?action=client_key.create&limit=1000')
    expect(data.filter(({ after }: any) => String(after.name).startsWith('both-'))).toHaveLength(60)
    expect(verdict.checked).toBeGreaterThanOrEqual(60)
  })
})
