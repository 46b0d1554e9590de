// Which routes are in force: compiled when they change, and a row that has become unusable keeps its last good version.
import { beforeEach, expect, test } from '@jest/globals'
import type { Route } from '../../../src/domain/route.ts'
import type { Logger } from '../../../src/ports/logger.ts'
import { LiveRoutes } from '../../../src/services/live-routes.ts'
import { aRoute } from '../../support/rows.ts'

let told: string[]
let live: LiveRoutes
beforeEach(() => {
  told = []
  const quiet = (): void => undefined
  const logger = { error: (_event: string, message: string) => void told.push(message), warn: quiet, info: quiet, debug: quiet } as unknown as Logger
  live = new LiveRoutes(logger)
})

const update = (routes: readonly Route[], unreadable: readonly string[] = []) => live.update({ routes, unreadable })
const taken = (path: string): string | undefined =>
  live.update(last)?.find({ method: 'GET', path, host: undefined, headers: [], query: '', model: () => undefined }).hit?.route.name
let last: { routes: readonly Route[]; unreadable: readonly string[] }

test('nothing enabled costs nothing; the matcher is made anew only when a route has changed', () => {
  expect(update([])).toBeUndefined()
  expect(update([aRoute({ enabled: false })])).toBeUndefined()
  const route = aRoute({ updatedAtMs: 1 })
  const matcher = update([route])
  expect(matcher?.size).toBe(1)
  expect(update([{ ...route }])).toBe(matcher)
  expect(update([{ ...route, updatedAtMs: 2 }])).not.toBe(matcher)
  expect(update([])).toBeUndefined()
})

test('a row that cannot be read, or breaks the rules, is reported once, and its last good version stays until it is good again', () => {
  const good = aRoute({ name: 'good', match: { path: '/a' }, updatedAtMs: 1 })
  const other = aRoute({ name: 'other', match: { path: '/b' } })
  update([good, other])
  for (let look = 0; look < 3; look++) {
    last = { routes: [other], unreadable: [good.id] }
    expect([taken('/a'), taken('/b')]).toEqual(['good', 'other'])
  }
  expect(told).toEqual([
    `The stored route ${good.id} is not usable: its row cannot be read. Its last good version stays in force. Delete it, and create it again.`,
  ])
  const broken = { ...good, match: { path: '/a/{id}' }, updatedAtMs: 2 }
  last = { routes: [broken, other], unreadable: [] }
  expect([taken('/a'), told.length]).toEqual(['good', 2])
  last = { routes: [{ ...good, name: 'repaired', updatedAtMs: 3 }, other], unreadable: [] }
  expect([taken('/a'), told.length]).toEqual(['repaired', 2])
  last = { routes: [other], unreadable: [] }
  expect(taken('/a')).toBeUndefined()
})

test('rows of any shape leave the others in force', () => {
  const shapes = [
    { match: { path: 7 } },
    { match: null },
    { action: { type: 'teleport' } },
    { action: null },
    { match: { path: '/x', headers: 3 } },
    { mode: 'x' },
  ]
  const broken = shapes.map((shape) => ({ ...aRoute(), ...shape }) as unknown as Route)
  last = { routes: [...broken, aRoute({ name: 'whole', match: { path: '/a' } })], unreadable: ['rte_gone'] }
  expect(taken('/a')).toBe('whole')
  expect(told).toHaveLength(shapes.length + 1)
  expect(told.every((message) => message.includes('It is left out.'))).toBe(true)
})

test('a stored route that claims a path of management is left out', () => {
  last = { routes: [aRoute({ match: { path: '/api/admin/users' } }), aRoute({ match: { path: '/api/*rest' } })], unreadable: [] }
  expect(taken('/api/admin/users')).toBeUndefined()
  expect(told).toHaveLength(2)
})
