// What people set while the gateway runs: who may, what is on record, and when a level of the log holds.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { openManagement } from './fixture.ts'
import type { Answer, Management } from './fixture.ts'
import { SettingsAdmin } from '../../src/services/settings-admin.ts'
import type { LogLevel } from '../../src/ports/logger.ts'

let api: Management
let admin: string
let viewer: string

beforeAll(async () => {
  api = await openManagement()
  admin = await api.tokenOf('admin')
  viewer = await api.tokenOf('viewer')
})
afterAll(() => api.close())

const patch = (token: string, body: unknown): Promise<Answer> => api.call('PATCH', '/settings', { token, body })

test('the level changes at once, is on record with its value, and goes back with null', async () => {
  expect((await api.call('GET', '/settings', { token: viewer })).json).toEqual({ log_level: 'trace', log_level_default: 'info' })
  expect((await patch(viewer, { log_level: 'debug' })).status).toBe(403)
  expect(await patch(admin, { log_level: 'debug' })).toMatchObject({ status: 200, json: { log_level: 'debug', log_level_default: 'info' } })
  expect((await api.call('GET', '/settings', { token: viewer })).json.log_level).toBe('debug')
  const [entry] = (await api.call('GET', '/audit?limit=1', { token: admin })).json.data
  expect(entry).toMatchObject({
    action: 'setting.change',
    entity_id: 'log_level',
    actor: expect.any(String),
    after: { value: expect.stringMatching(/^debug \d+$/) },
  })
  expect((await patch(admin, { log_level: null })).json.log_level).toBe('info')
  for (const wrong of [{ log_level: 'loud' }, {}, { log_level: 'info', other: 1 }]) expect((await patch(admin, wrong)).status).toBe(422)
})

test('another process follows what was set since it began, and nothing older', async () => {
  const process = (): { level: () => LogLevel; follow: () => Promise<void> } => {
    let level: LogLevel = 'info'
    const settings = new SettingsAdmin({
      store: api.store,
      writer: undefined as never,
      levels: { level: () => level, setLevel: (to) => (level = to), configured: 'info' },
      logger: { log() {}, error() {}, warn() {}, info() {}, debug() {} },
    })
    return { level: () => level, follow: async () => settings.follow(await api.store.settings.configVersion()) }
  }
  const before = process()
  await before.follow()
  await patch(admin, { log_level: 'warn' })
  const after = process()
  await after.follow()
  for (const one of [before, after]) await one.follow()
  expect([before.level(), after.level()]).toEqual(['warn', 'info'])
  await patch(admin, { log_level: 'debug' })
  for (const one of [before, after]) await one.follow()
  expect([before.level(), after.level()]).toEqual(['debug', 'debug'])
  await patch(admin, { log_level: null })
  for (const one of [before, after]) await one.follow()
  expect([before.level(), after.level()]).toEqual(['info', 'info'])
})

test('a key that was pasted into a name is not kept in the record', async () => {
  const key = 'sk-proj-Zx81kQ04LmNtR77pVw3yBc92'
  await api.call('POST', '/client-keys', { token: admin, body: { name: `laptop ${key}` } })
  const [entry] = (await api.call('GET', '/audit?limit=1', { token: admin })).json.data
  expect(entry.after.name).toBe('laptop [redacted]')
})
