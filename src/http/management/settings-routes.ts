// What people may set while the gateway runs.
import { z } from 'zod'
import type { Settings, SettingsAdmin } from '../../services/settings-admin.ts'
import { route } from '../registry.ts'
import type { Route } from '../registry.ts'

const Level = z.enum(['error', 'warn', 'info', 'debug', 'trace'])

const SettingsView = z.object({
  log_level: Level.describe('In force in every process.'),
  log_level_default: Level.describe('LOG_LEVEL: in force again in each process that is started anew.'),
})

const SettingsBody = z.strictObject({ log_level: Level.nullable().describe('null = LOG_LEVEL.') })

export function createSettingsRoutes(settings: SettingsAdmin): Route[] {
  return [
    route({
      method: 'get',
      path: '/settings',
      permission: 'viewer',
      summary: 'Read what can be set while the gateway runs',
      tag: 'system',
      responses: { 200: { description: 'The settings.', schema: SettingsView } },
      handle: () => ({ status: 200, body: render(settings.get()) }),
    }),
    route({
      method: 'patch',
      path: '/settings',
      permission: 'admin',
      summary: 'Change the log level of every process, until it is started anew',
      tag: 'system',
      body: SettingsBody,
      responses: { 200: { description: 'The settings, in force here, and elsewhere within a second.', schema: SettingsView } },
      handle: async ({ body }) => ({ status: 200, body: render(await settings.setLogLevel(body.log_level)) }),
    }),
  ]
}

function render({ logLevel, logLevelDefault }: Settings): z.input<typeof SettingsView> {
  return { log_level: logLevel, log_level_default: logLevelDefault }
}
