// Models and networks of client keys through the management API and the service behind it.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { openManagement, type Management } from './fixture.ts'

let api: Management
let admin: string
beforeAll(async () => {
  api = await openManagement()
  admin = await api.tokenOf('admin')
})
afterAll(() => api.close())

const post = (body: object): ReturnType<Management['call']> => api.call('POST', '/client-keys', { token: admin, body: { name: 'x', ...body } })

test('restrictions are issued, shown, kept by other changes and by a roll, and lifted; networks in full', async () => {
  const issued = await post({ models: ['gpt-4o*', 'claude-sonnet-5'], networks: ['203.0.113.7', '2001:DB8::/48', '203.0.113.7/32'] })
  expect(issued.status).toBe(201)
  const own = { models: ['gpt-4o*', 'claude-sonnet-5'], networks: ['203.0.113.7/32', '2001:db8::/48'] }
  expect(issued.json).toMatchObject(own)
  const path = `/client-keys/${issued.json.id}`
  const patch = async (body: unknown): Promise<unknown> => (await api.call('PATCH', path, { token: admin, body })).json
  expect(await patch({ name: 'y' })).toMatchObject(own)
  expect((await api.call('POST', `${path}/roll`, { token: admin })).json).toMatchObject(own)
  await api.snapshot.refresh()
  const live = [...(api.snapshot.current?.clientKeys.values() ?? [])].find(({ id }) => id === issued.json.id)
  expect(live).toMatchObject(own)
  expect(await patch({ models: null })).toMatchObject({ models: null, networks: own.networks })
  expect(await patch({ networks: null })).toMatchObject({ models: null, networks: null })
  expect((await post({})).json).toMatchObject({ models: null, networks: null })
})

test.each([
  [{ models: [] }, '/models'],
  [{ models: [''] }, '/models/0'],
  [{ models: ['ok', 'with space'] }, '/models/1'],
  [{ models: ['x'.repeat(201)] }, '/models/0'],
  [{ models: 'gpt-4o' }, '/models'],
  [{ networks: [] }, '/networks'],
  [{ networks: ['10.0.0.0/8', '10.0.0.0/33'] }, '/networks/1'],
  [{ networks: ['example.com'] }, '/networks/0'],
  [{ networks: ['::ffff:10.0.0.1'] }, '/networks/0'],
])('refused with its place: %j', async (body, path) => {
  const { status, json } = await post(body)
  expect([status, json.errors[0].path]).toEqual([422, path])
})

test('the service refuses them as well, for callers that are not the API', async () => {
  const { clientKeys } = api.services
  for (const input of [{ models: [] }, { networks: ['nowhere'] }, { models: Array.from({ length: 101 }, () => 'm') }]) {
    await expect(clientKeys.issue({ name: 'z', ...input })).rejects.toMatchObject({ code: 'validation_failed' })
  }
})
