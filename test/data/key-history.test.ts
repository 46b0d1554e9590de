// Owns what happens to key histories while the database is away: bounded, counted, stored when it is back.
import { expect, test } from '@jest/globals'
import { Secret } from '../../src/domain/secret.ts'
import { StoreLink } from '../../src/infrastructure/database/store-link.ts'
import { sqlite } from '../../src/infrastructure/database/sqlite/driver.ts'
import { systemClock, systemRandom } from '../../src/infrastructure/system.ts'
import { limits } from '../../src/limits.ts'
import { KeyHistory } from '../../src/services/key-history.ts'
import { aKeyEvent } from '../support/rows.ts'

test('while the database is away the newest events wait, the oldest are dropped, and exactly those are counted', async () => {
  const lines: string[] = []
  const logger = { log: () => undefined, error: () => undefined, warn: (event: string) => lines.push(event), info: (event: string) => lines.push(event), debug: () => undefined, trace: () => undefined } // prettier-ignore
  const link = new StoreLink({ clock: systemClock, random: systemRandom, onChange: () => undefined })
  const history = new KeyHistory(link.events, logger)
  const excess = 1_234
  for (let at = 0; at < limits.keyEventsQueueMax + excess; at++) {
    history.add(aKeyEvent(`key_${at}`, { atMs: at }))
    if (at % 5_000 === 0) await history.flush()
  }
  await history.flush()
  expect(history.dropped).toBe(excess)
  expect(lines).toEqual(['key.history_failed'])

  link.attach(await sqlite.open(new Secret('sqlite::memory:'), { clock: systemClock, role: 'server' }))
  await history.flush()
  expect(lines).toEqual(['key.history_failed', 'key.history_stored'])
  expect(await link.events.listKeyEvents(`key_${excess - 1}`, 10)).toEqual([])
  for (const kept of [excess, limits.keyEventsQueueMax + excess - 1]) expect(await link.events.listKeyEvents(`key_${kept}`, 10)).toHaveLength(1)
  expect(history.dropped).toBe(excess)
  history.stop()
  await link.store.close()
})
