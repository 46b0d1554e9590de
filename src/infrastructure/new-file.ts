// Puts a file that holds a secret into its place: readable by its owner only, whole or not at all, and never over another one.
import { chownSync, closeSync, existsSync, fsyncSync, linkSync, openSync, rmSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { makeDirectory } from './secrets-file.ts'

/** Numeric ids of who shall own what is written; default: whoever runs this. */
export interface FileOwner {
  readonly user: number
  readonly group: number
}

/** With its parents, mode 0700; one that exists is left as it is. */
export function makePrivateFolder(path: string, owner: FileOwner | undefined): void {
  if (existsSync(path)) return
  makeDirectory(path)
  if (owner !== undefined) chownSync(path, owner.user, owner.group)
}

/** False when there is a file of this name already: it is left as it is, also when another process is writing it just now. */
export function writeNewFile(path: string, text: string, owner: FileOwner | undefined): boolean {
  const draft = join(dirname(path), `.new-${process.pid}-${process.hrtime.bigint()}`)
  const file = openSync(draft, 'wx', 0o600)
  try {
    writeSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  try {
    if (owner !== undefined) chownSync(draft, owner.user, owner.group)
    // Unlike a rename, a link never replaces a file that is there.
    linkSync(draft, path)
    return true
  } catch (error) {
    if ((error as { code?: string }).code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(draft, { force: true })
  }
}
