// Owns ports and folders that a test borrows.
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { atExit } from './at-exit.ts'

/** A loopback port that was free a moment ago. */
export function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}

export interface TemporaryFolder {
  readonly path: string
  remove(): void
}

/** An empty folder; removed at the latest when this process ends. */
export function createTemporaryFolder(name = 'akr-test'): TemporaryFolder {
  const path = mkdtempSync(join(tmpdir(), `${name}-`))
  const erase = (): void => rmSync(path, { recursive: true, force: true })
  const forget = atExit(erase)
  const remove = (): void => {
    forget()
    erase()
  }
  return { path, remove }
}
