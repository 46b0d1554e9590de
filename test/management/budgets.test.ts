// Budgets of client keys and accounts through the management API.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { openManagement, type Management } from './fixture.ts'

let api: Management
let admin: string
beforeAll(async () => {
  api = await openManagement()
  admin = await api.tokenOf('admin')
})
afterAll(() => api.close())

const call = (method: string, path: string, body?: unknown): ReturnType<Management['call']> => api.call(method, path, { token: admin, body })

describe.each([
  ['/client-keys', { name: 'x' }],
  ['/accounts', { name: 'x' }],
])('%s', (path, base) => {
  let made = 0
  const post = (budget: unknown): ReturnType<Management['call']> => call('POST', path, { ...base, name: `x${++made}`, budget })

  test('a budget is set, shown with what was spent, changed, and lifted', async () => {
    const { status, json } = await post({ amount_usd: 12.5, period: 'month' })
    expect(status).toBe(201)
    const now = new Date(api.clock.nowMs())
    const resets = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1)).toISOString()
    expect(json.budget).toEqual({ amount_usd: 12.5, tokens: null, period: 'month', resets_at: resets, spent: 0, reserved: 0 })
    const one = `${path}/${json.id}`
    expect((await call('PATCH', one, { name: 'y' + json.id })).json.budget).toMatchObject({ amount_usd: 12.5 })
    expect((await call('PATCH', one, { budget: { tokens: 700, period: 'day' } })).json.budget).toMatchObject({ amount_usd: null, tokens: 700, period: 'day' })
    expect((await call('GET', one)).json.budget).toMatchObject({ tokens: 700, spent: 0, reserved: 0 })
    const listed = (await call('GET', `${path}?limit=1000`)).json.data.find(({ id }: { id: string }) => id === json.id)
    expect(listed.budget).toMatchObject({ tokens: 700 })
    expect(listed.budget).not.toHaveProperty('spent')
    expect((await call('PATCH', one, { budget: null })).json.budget).toBeNull()
  })

  test.each([
    { amount_usd: 1 },
    { period: 'day' },
    { amount_usd: 1, tokens: 1, period: 'day' },
    { amount_usd: 0, period: 'day' },
    { amount_usd: -1, period: 'day' },
    { amount_usd: '5', period: 'day' },
    { tokens: 1.5, period: 'day' },
    { tokens: 0, period: 'month' },
    { tokens: 1, period: 'week' },
    { tokens: 1, period: 'day', spent: 0 },
    'much',
  ])('refused: %j', async (budget) => {
    const { status, json } = await post(budget)
    expect(status).toBe(422)
    expect(json.errors[0].path).toMatch(/^\/budget/)
  })
})

test('the services refuse them as well, for callers that are not the API', async () => {
  const { clientKeys, accounts } = api.services
  for (const budget of [{ unit: 'usd', amount: 0.5, period: 'day' } as const, { unit: 'tokens', amount: 1e15, period: 'month' } as const]) {
    await expect(clientKeys.issue({ name: 'z', budget })).rejects.toMatchObject({ code: 'validation_failed' })
    await expect(accounts.create({ name: 'z', budget })).rejects.toMatchObject({ code: 'validation_failed' })
  }
})

test('an explanation says how far the limits and budgets of the caller are used', async () => {
  const account = (await call('POST', '/accounts', { name: 'explained', budget: { tokens: 50, period: 'day' } })).json
  const key = (await call('POST', '/client-keys', { name: 'k', account_id: account.id, limits: { tpm: 10 }, budget: { amount_usd: 2, period: 'month' } })).json
  const { json } = await call('POST', '/explain', { path: '/llm/x/v1/models', client_key_id: key.id })
  expect(json.spending).toEqual([
    { name: 'tpm', unit: 'tokens', limit: 10, spent: 0, reserved: 0, is_spent: false, resets_at: expect.any(String) },
    { name: 'budget', unit: 'usd', limit: 2, spent: 0, reserved: 0, is_spent: false, resets_at: expect.stringMatching(/-01T00:00:00\.000Z$/) },
    { name: 'account_budget', unit: 'tokens', limit: 50, spent: 0, reserved: 0, is_spent: false, resets_at: expect.stringMatching(/T00:00:00\.000Z$/) },
  ])
  expect((await call('POST', '/explain', { path: '/llm/x/v1/models' })).json.spending).toEqual([])
})
