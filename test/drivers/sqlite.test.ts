// SQLite against the contracts of the store and the event store, in memory and on disk.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Secret } from '../../src/domain/secret.ts'
import { sqlite } from '../../src/infrastructure/database/sqlite/driver.ts'
import type { RequestLog } from '../../src/ports/request-log.ts'
import type { EventStore, Store } from '../../src/ports/store.ts'
import { describeEventStore } from '../contracts/event-store.contract.ts'
import { describeRequestLog } from '../contracts/request-log.contract.ts'
import { describeStore } from '../contracts/store.contract.ts'
import { FakeClock } from '../support/fake-clock.ts'

interface Opened {
  readonly store: Store
  readonly events: EventStore
  readonly requestLog: RequestLog
  readonly clock: FakeClock
  close(): Promise<void>
}

async function openInMemory(): Promise<Opened> {
  return open('sqlite::memory:')
}

async function openOnDisk(): Promise<Opened> {
  const folder = mkdtempSync(join(tmpdir(), 'akr-sqlite-'))
  return open(`sqlite:${folder}/core.db`, () => rmSync(folder, { recursive: true }))
}

async function open(url: string, cleanUp = (): void => {}): Promise<Opened> {
  const clock = new FakeClock()
  const { store, events, requestLog } = await sqlite.open(new Secret(url), { clock, role: 'server' })
  const close = async (): Promise<void> => {
    await events.close()
    await store.close()
    cleanUp()
  }
  return { store, events, requestLog, clock, close }
}

describeStore('sqlite in memory', openInMemory)
describeStore('sqlite on disk', openOnDisk)
describeEventStore('sqlite in memory', openInMemory)
describeEventStore('sqlite on disk', openOnDisk)
describeRequestLog('sqlite in memory', openInMemory)
describeRequestLog('sqlite on disk', openOnDisk)
