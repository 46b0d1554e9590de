// The folder of the backups that a gateway makes by itself: each written once, the newest are kept.
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { BackupFacts, BackupWriter } from '../../ports/backup.ts'
import { DRAFT } from './backup-draft.ts'
import { type BackupDeps, type BackupPlace, type FileBackup, readBackup, writeBackup } from './backup-file.ts'

export interface BackupFolderDeps extends BackupDeps {
  readonly from: BackupPlace
  readonly folder: string
  /** Backups that stay. */
  readonly kept: number
}

/** Names sort by time. */
const NAME = /^backup-[\w-]+\.db$/

export function createBackupFolder({ folder, kept, from, ...deps }: BackupFolderDeps): BackupWriter {
  return {
    write: async (name, onProgress) => {
      const file = join(folder, `${name}.db`)
      removeDrafts(folder)
      const backup = existsSync(file) ? await readBackup(deps, file, folder) : await write(deps, from, file, onProgress)
      prune(folder, kept)
      return factsOf(file, backup)
    },
  }
}

async function write(deps: BackupDeps, from: BackupPlace, file: string, onProgress: (done: number) => void): Promise<FileBackup> {
  let earlier = 0
  let last = { table: '', done: 0 }
  return writeBackup(deps, from, file, {
    onSettings: () => {},
    onRow: () => {},
    onProgress: (table, done) => {
      if (table !== last.table) earlier += last.done
      last = { table, done }
      onProgress(earlier + done)
    },
  })
}

/** What a run that was killed has left. One job writes here at a time. */
function removeDrafts(folder: string): void {
  for (const name of list(folder)) if (name.startsWith(DRAFT)) rmSync(join(folder, name), { recursive: true, force: true })
}

function prune(folder: string, kept: number): void {
  const backups = list(folder).filter((name) => NAME.test(name))
  for (const name of backups.sort().reverse().slice(kept)) rmSync(join(folder, name), { force: true })
}

function list(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : []
}

function factsOf(file: string, { bytes, proof }: FileBackup): BackupFacts {
  const rows = Object.values(proof).reduce((sum, table) => sum + table.rows, 0)
  return { file, bytes, rows, upstreamKeys: proof.upstream_keys.rows }
}
