// A database file in the making: in a folder of its own until it is whole, and never put over another one.
import { closeSync, existsSync, mkdtempSync, openSync, readSync } from 'node:fs'
import { link, open, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { GatewayError } from '../../errors.ts'

/** How the names of folders begin that a killed run leaves behind. */
export const DRAFT = '.backup-draft-'

const SQLITE_HEADER = 'SQLite format 3\0'

/** Passes a new folder (0700) that is gone afterwards, with all that a database puts beside its file. */
export async function withDraft<T>(parent: string, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(parent, DRAFT))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** A crash leaves the file whole or not at all. @throws GatewayError conflict when it exists */
export async function putInPlace(draft: string, file: string): Promise<void> {
  await sync(draft)
  try {
    // Unlike a rename, a link never replaces a file that is there.
    await link(draft, file)
  } catch (error) {
    if ((error as { code?: string }).code === 'EEXIST') refuseExisting(file)
    throw error
  }
  await sync(dirname(file))
}

/** @throws GatewayError conflict */
export function refuseExisting(file: string): void {
  if (existsSync(file)) throw new GatewayError('conflict', `${file} exists already, and is left as it is. Name another file.`)
}

/** By its first bytes. @throws the error of the file system */
export function isSqliteFile(file: string): boolean {
  const opened = openSync(file, 'r')
  try {
    const header = Buffer.alloc(SQLITE_HEADER.length)
    return header.toString('latin1', 0, readSync(opened, header, 0, header.length, 0)) === SQLITE_HEADER
  } finally {
    closeSync(opened)
  }
}

/** Beside requests: a large file takes its time. */
async function sync(path: string): Promise<void> {
  const opened = await open(path, 'r')
  try {
    await opened.sync()
  } finally {
    await opened.close()
  }
}
