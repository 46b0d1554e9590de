// Tables that strangers can make grow stay within their bounds.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { Secret } from '../../src/domain/secret.ts'
import type { OpenDatabase } from '../../src/infrastructure/catalog.ts'
import { sqlite } from '../../src/infrastructure/database/sqlite/driver.ts'
import { limits } from '../../src/limits.ts'
import { StoreUnavailableError } from '../../src/ports/store.ts'
import { FakeClock } from '../support/fake-clock.ts'

const clock = new FakeClock()
let database: OpenDatabase

beforeEach(async () => {
  database = await sqlite.open(new Secret('sqlite::memory:'), { clock, role: 'server' })
})
afterEach(async () => {
  await database.events.close()
  await database.store.close()
})

test('failed sign-ins: the oldest row makes room', async () => {
  const { store } = database
  await store.transaction(async ({ loginFailures }) => {
    for (let i = 0; i < limits.loginFailureRowsMax; i++) await loginFailures.add(`account-${i}`, 'net', 1_000 + i, limits.loginLockMs)
  })
  expect(await store.loginFailures.add('one more', 'net', 1_000_000, limits.loginLockMs)).toBe(1)
  expect(await store.loginFailures.find('account-0', 'net')).toBeUndefined()
  expect((await store.loginFailures.find('account-1', 'net'))?.count).toBe(1)
})

test('remembered answers: the oldest makes room', async () => {
  const { store } = database
  await store.transaction(async ({ idempotency }) => {
    for (let i = 0; i < limits.idempotencyEntriesMax; i++) await idempotency.insert(`k${i}`, 'd', 200, '', clock.nowMs() + i)
  })
  expect(await store.idempotency.insert('one more', 'd', 200, '', clock.nowMs() + 1_000_000)).toBe(true)
  expect(await store.idempotency.find('k0')).toBeUndefined()
  expect(await store.idempotency.find('k1')).toBeDefined()
})

test('calls that wait: more than the bound are refused at once, the others are served', async () => {
  const { store } = database
  const results = await Promise.allSettled(Array.from({ length: limits.storeCallsMax + 5 }, () => store.settings.get('x')))
  const refused = results.filter((result) => result.status === 'rejected')
  expect(refused).toHaveLength(5)
  for (const { reason } of refused) expect(reason).toBeInstanceOf(StoreUnavailableError)
  await store.ping()
})
