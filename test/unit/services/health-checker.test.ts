// Database and cache are looked at; each change is said once, in the log and to those who listen.
import { expect, test } from '@jest/globals'
import type { LiveNews } from '../../../src/domain/live-event.ts'
import { limits } from '../../../src/limits.ts'
import type { LogFields, Logger } from '../../../src/ports/logger.ts'
import { HealthChecker } from '../../../src/services/health-checker.ts'
import { FakeClock } from '../../support/fake-clock.ts'

function open(isLoggedByDriver = false) {
  const [lines, news]: [string[], LiveNews[]] = [[], []]
  const log = (level: string) => (event: string, _message: string, fields?: LogFields) => void lines.push(`${level} ${event} ${String(fields?.['service'])}`)
  const logger = { info: log('info'), warn: log('warn'), error: log('error'), debug: log('debug'), log: () => undefined } as Logger
  const state = { database: (): Promise<void> => Promise.resolve(), cache: (): Promise<void> => Promise.resolve() }
  const clock = new FakeClock(1_000)
  const feed = { isWanted: () => true, publish: (each: LiveNews) => void news.push(each) }
  const services = (['database', 'cache'] as const).map((name) => ({ name, ping: () => state[name](), isLoggedByDriver }))
  return { checker: new HealthChecker({ services, clock, logger, feed }), state, lines, news, clock }
}

test('one line and one event when a service fails, one of each when it is back, none in between', async () => {
  const { checker, state, lines, news, clock } = open()
  await checker.look()
  expect([lines, news]).toEqual([[], []])
  state.database = () => Promise.reject(new Error('disk I/O error sk-abcdefghijklmnopqrstuvwxyz0123456789'))
  clock.advance(1_000)
  await checker.look()
  await checker.look()
  expect(lines).toEqual(['warn health.failed database'])
  expect(checker.health.get('database')).toMatchObject({ isWell: false, changedAtMs: 2_000 })
  expect(checker.health.get('cache')).toMatchObject({ isWell: true, detail: 'ok' })
  state.database = () => Promise.resolve()
  clock.advance(1_000)
  await checker.look()
  await checker.look()
  expect(lines).toEqual(['warn health.failed database', 'info health.recovered database'])
  expect(news.map(({ topic, type, render }) => [topic, type, render(false)['status']])).toEqual([
    ['health', 'health.changed', 'warn'],
    ['health', 'health.changed', 'pass'],
  ])
  expect(JSON.stringify(news[0]?.render(false))).not.toContain('sk-abc')
})

test('what its driver logs is not logged twice, and a service that hangs has failed', async () => {
  const { checker, state, lines, news } = open(true)
  state.cache = () => new Promise(() => undefined)
  await Promise.all([checker.look(), checker.look()])
  expect(checker.health.get('cache')?.detail).toBe(`no answer within ${limits.healthCheckMs} ms`)
  expect([lines, news.length]).toEqual([[], 1])
})
