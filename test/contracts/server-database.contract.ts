// What every database on a server promises beside the contracts of its ports: a server for all tests, a database for each.
import { afterAll, beforeAll } from '@jest/globals'
import { Secret } from '../../src/domain/secret.ts'
import type { DatabaseDriver, OpenDatabase } from '../../src/infrastructure/catalog.ts'
import type { MigrationList } from '../../src/infrastructure/database/migrations/index.ts'
import { FakeClock } from '../support/fake-clock.ts'
import type { RunningDatabase } from '../support/servers/mariadb.ts'
import { describeEventStore } from './event-store.contract.ts'
import { describeStore } from './store.contract.ts'

export interface ServerDatabaseUnderTest {
  readonly name: string
  readonly driver: DatabaseDriver
  /** The same driver with other migrations. */
  readonly createDriver: (migrations: MigrationList) => DatabaseDriver
  readonly migrations: MigrationList
  readonly start: () => Promise<RunningDatabase>
}

export interface OpenedDatabase extends OpenDatabase {
  readonly clock: FakeClock
  close(): Promise<void>
}

export function describeServerDatabase(subject: ServerDatabaseUnderTest): void {
  let server: RunningDatabase
  beforeAll(async () => {
    server = await subject.start()
  })
  afterAll(async () => {
    await server.stop()
  })
  const open = async (url?: string): Promise<OpenedDatabase> => openWith(subject.driver, url ?? (await server.createDatabase()))

  describeStore(subject.name, () => open())
  describeEventStore(subject.name, () => open())
}

export async function openWith(driver: DatabaseDriver, url: string): Promise<OpenedDatabase> {
  const clock = new FakeClock()
  const { store, events } = await driver.open(new Secret(url), { clock, role: 'server' })
  const close = async (): Promise<void> => {
    await events.close()
    await store.close()
  }
  return { store, events, clock, close }
}
