// The limits of client keys through the management API and the service behind it.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { openManagement, type Management } from './fixture.ts'

let api: Management
let admin: string
beforeAll(async () => {
  api = await openManagement()
  admin = await api.tokenOf('admin')
})
afterAll(() => api.close())

const none = { rps: null, rpm: null, rpd: null, tpm: null, tpd: null, max_in_flight: null }
const post = (limits: unknown): ReturnType<Management['call']> => api.call('POST', '/client-keys', { token: admin, body: { name: 'x', limits } })

test('limits are issued, shown, replaced as a whole, and lifted', async () => {
  const issued = await post({ rps: 5, rpm: 100, rpd: 1000, tpm: 20_000, tpd: 100_000, max_in_flight: 3 })
  expect(issued.status).toBe(201)
  expect(issued.json.limits).toEqual({ rps: 5, rpm: 100, rpd: 1000, tpm: 20_000, tpd: 100_000, max_in_flight: 3 })
  const path = `/client-keys/${issued.json.id}`
  const patch = async (body: unknown): Promise<unknown> => (await api.call('PATCH', path, { token: admin, body })).json.limits
  expect(await patch({ name: 'y' })).toEqual({ rps: 5, rpm: 100, rpd: 1000, tpm: 20_000, tpd: 100_000, max_in_flight: 3 })
  expect(await patch({ limits: { rpm: 7 } })).toEqual({ ...none, rpm: 7 })
  expect((await api.call('GET', path, { token: admin })).json.limits).toEqual({ ...none, rpm: 7 })
  expect(await patch({ limits: { rpm: null } })).toEqual(none)
  await patch({ limits: { rpd: 9 } })
  expect(await patch({ limits: null })).toEqual(none)
  const rolled = await api.call('POST', `${path}/roll`, { token: admin })
  expect(rolled.json.limits).toEqual(none)
})

test('a key with no limit at all is stored as one without, so that it costs nothing', async () => {
  const { json } = await post({ rpm: null })
  await api.snapshot.refresh()
  expect([...(api.snapshot.current?.clientKeys.values() ?? [])].find(({ id }) => id === json.id)?.limits).toBeUndefined()
})

test.each([
  { rpm: 0 },
  { rpm: -1 },
  { rpm: 1.5 },
  { rpm: '10' },
  { rpm: 1_000_000_001 },
  { max_in_flight: 1_000_001 },
  { tpm: 0 },
  { tpd: 1.5 },
  { tps: 1 },
  'many',
  [1],
])('refused: %j', async (limits) => {
  const { status, json } = await post(limits)
  expect(status).toBe(422)
  expect(json.errors[0].path).toMatch(/^\/limits/)
})

test('the service refuses them as well, for callers that are not the API', async () => {
  const { clientKeys } = api.services
  for (const limits of [{ rps: 0 }, { rpd: 2.5 }, { tpm: -1 }, { maxInFlight: 1e9 }, { rpm: Number.NaN }]) {
    await expect(clientKeys.issue({ name: 'z', limits })).rejects.toMatchObject({
      code: 'validation_failed',
      details: { errors: [{ path: expect.stringMatching(/^\/limits\//) }] },
    })
  }
})
