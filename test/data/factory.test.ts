// The factory: the scheme chooses the driver; what a build lacks is said by name.
import { expect, test } from '@jest/globals'
import { Secret } from '../../src/domain/secret.ts'
import { memory } from '../../src/infrastructure/cache/memory/driver.ts'
import { sqlite } from '../../src/infrastructure/database/sqlite/driver.ts'
import { systemRandom } from '../../src/infrastructure/system.ts'
import { openCache, openDatabase } from '../../src/infrastructure/factory.ts'
import { FakeClock } from '../support/fake-clock.ts'

const catalog = { build: 'lightweight', databases: [sqlite], caches: [memory] }
const clock = new FakeClock()
const database = (url: string, build = catalog) => openDatabase(build, new Secret(url), { clock, role: 'server' })

test('the scheme chooses the driver', async () => {
  const { store, events } = await database('sqlite::memory:')
  await store.ping()
  await Promise.all([store.close(), events.close()])
  const cache = await openCache(catalog, new Secret('memory:'), { clock, random: systemRandom })
  expect(await cache.increment('n', 1_000)).toBe(1)
})

test.each([
  [
    'mysql://user:canary-password@db/akr',
    'DATABASE_URL mysql: needs the mysql driver, which the lightweight build leaves out. Use the enterprise build (same data, same variables).',
  ],
  [
    'postgresql://user:canary-password@db/akr',
    'DATABASE_URL postgresql: needs the postgres driver, which the lightweight build leaves out. Use the enterprise build (same data, same variables).',
  ],
  ['oracle://user:canary-password@db/akr', 'DATABASE_URL oracle: is not a scheme that the lightweight build knows. It has: sqlite:.'],
  ['canary-password', 'DATABASE_URL does not start with a scheme. The lightweight build knows: sqlite:.'],
])('%s is refused without a word of its password', async (url, message) => {
  await expect(database(url)).rejects.toMatchObject({ exitCode: 78, message })
})

test('a cache that the build leaves out is named too', async () => {
  await expect(openCache(catalog, new Secret('redis://cache:6379'), { clock, random: systemRandom })).rejects.toMatchObject({
    exitCode: 78,
    message: 'CACHE_URL redis: needs the redis driver, which the lightweight build leaves out. Use the enterprise build (same data, same variables).',
  })
})

test('the largest build does not point to a larger one', async () => {
  await expect(database('mysql://db', { ...catalog, build: 'enterprise' })).rejects.toMatchObject({
    message: expect.not.stringContaining('Use the enterprise build'),
  })
})
