// What every database on a server promises beside the contracts of its ports: a server for all tests, a database for each.
import { afterAll, beforeAll } from '@jest/globals'
import { Secret } from '../../src/domain/secret.ts'
import type { DatabaseDriver, OpenDatabase } from '../../src/infrastructure/catalog.ts'
import { FakeClock } from '../support/fake-clock.ts'
import type { RunningDatabase } from '../support/servers/mariadb.ts'
import { describeEventStore } from './event-store.contract.ts'
import { describeRequestLog } from './request-log.contract.ts'
import { describeServerFaults } from './server-faults.contract.ts'
import { describeStore } from './store.contract.ts'

export interface ServerDatabaseUnderTest {
  readonly name: string
  readonly driver: DatabaseDriver
  readonly start: () => Promise<RunningDatabase>
  /** As the primary that has become a replica. */
  readonly setReadOnly: (server: RunningDatabase, isReadOnly: boolean) => Promise<void>
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
  describeRequestLog(subject.name, () => open())
  describeServerFaults(subject, () => server)
}

export async function openWith(driver: DatabaseDriver, url: string): Promise<OpenedDatabase> {
  const clock = new FakeClock()
  const { store, events, requestLog } = await driver.open(new Secret(url), { clock, role: 'server' })
  const close = async (): Promise<void> => {
    await events.close()
    await store.close()
  }
  return { store, events, requestLog, clock, close }
}
