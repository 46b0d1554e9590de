// The level of the log over several replicas: in force everywhere within a second, gone with the next start.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Gateway } from '../support/gateway.ts'
import { readLog } from '../support/log-lines.ts'
import { describeWith } from '../support/servers/required.ts'
import { until } from '../support/until.ts'
import { openStack, type Stack } from './stack.ts'

let stack: Stack

const levelOf = async (gateway: Gateway): Promise<string> => (await gateway.admin.expectOk('GET', '/settings')).log_level

describeWith('mariadb', 'the level of the log', () => {
  beforeAll(async () => {
    stack = await openStack({ replicas: 2 })
  }, 120_000)
  afterAll(() => stack?.close())

  test('is in force in the other replica within a second, and what starts anew has its own', async () => {
    const [first, second] = stack.gateways as [Gateway, Gateway]
    const changedAtMs = Date.now()
    expect(await first.admin.expectOk('PATCH', '/settings', { log_level: 'debug' })).toEqual({ log_level: 'debug', log_level_default: 'info' })
    await until(async () => (await levelOf(second)) === 'debug')
    await until(() => readLog(second.child.stdout).some(({ event }) => event === 'log_level.changed'))
    const line = readLog(second.child.stdout).find(({ event }) => event === 'log_level.changed')
    expect(Date.parse(String(line?.['ts'])) - changedAtMs).toBeLessThan(1_000)
    await second.close()
    const again = await stack.start(1)
    expect(await levelOf(again)).toBe('info')
    expect(await levelOf(first)).toBe('debug')
    await first.admin.expectOk('PATCH', '/settings', { log_level: 'warn' })
    await until(async () => (await levelOf(again)) === 'warn')
  }, 60_000)
})
