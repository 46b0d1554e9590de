// The file that holds generated secrets: JSON, readable by its owner only, written whole or not at all.
import { closeSync, existsSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { StartupError } from '../errors.ts'

type Secrets = Readonly<Record<string, string>>

const BYTES_MAX = 64 * 1024
const OTHERS = 0o007

/**
 * The stored secrets by name; empty when there is no file.
 * @throws StartupError (78) when the file is unreadable, damaged, or readable by everybody
 */
function read(path: string): Secrets {
  let text: string
  try {
    const status = statSync(path)
    if (!status.isFile() || status.size > BYTES_MAX)
      throw new StartupError(78, `${path} is not a file that this gateway wrote. Move it away, or restore it from a backup.`)
    if (process.platform !== 'win32' && (status.mode & OTHERS) !== 0) {
      throw new StartupError(78, `${path} holds secrets and is open to every user of this machine. Run: chmod 600 ${path}`)
    }
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return {}
    if (error instanceof StartupError) throw error
    throw new StartupError(78, `${path} cannot be read (${codeOf(error)}). It must belong to the user that runs the gateway.`)
  }
  return parse(path, text)
}

function parse(path: string, text: string): Secrets {
  try {
    const stored: unknown = JSON.parse(text)
    if (typeof stored === 'object' && stored !== null && !Array.isArray(stored)) {
      if (Object.values(stored).every((value) => typeof value === 'string')) return stored as Secrets
    }
  } catch {
    // The parser's own message quotes the text, which may hold secrets.
  }
  throw new StartupError(
    78,
    `${path} is damaged: it is not a JSON object of strings. Restore it from a backup; with other secrets the stored upstream keys cannot be read.`,
  )
}

/**
 * Adds secrets and returns all that are stored. What is stored already stays: when two processes start at once, the first one wins.
 * @throws StartupError (78) when the file cannot be written
 */
function add(path: string, secrets: Secrets): Secrets {
  try {
    makeDirectory(dirname(path))
    const stored = read(path)
    const merged = { ...secrets, ...stored }
    const isNew = Object.keys(stored).length === 0
    return writeWhole(path, merged, isNew) ? merged : { ...secrets, ...read(path) }
  } catch (error) {
    if (error instanceof StartupError) throw error
    throw new StartupError(
      78,
      `Secrets cannot be stored in ${path} (${codeOf(error)}). Make its directory writable, set DATA_DIR, or give the secrets by variables.`,
    )
  }
}

/** With its parents. Not by `recursive`, which never returns where a parent exists and yet answers ENOENT, as /proc does (Node 24). */
export function makeDirectory(path: string): void {
  if (existsSync(path)) return
  const parent = dirname(path)
  if (!existsSync(parent)) makeDirectory(parent)
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    // Another process was faster.
    if (codeOf(error) !== 'EEXIST') throw error
  }
}

/** A crash leaves the old file or the new one. False when another process created the file first. */
function writeWhole(path: string, secrets: Secrets, mustBeNew: boolean): boolean {
  const draft = join(dirname(path), `.secrets-${process.pid}-${process.hrtime.bigint()}.tmp`)
  const file = openSync(draft, 'wx', 0o600)
  try {
    writeSync(file, `${JSON.stringify(secrets, null, 2)}\n`)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  try {
    // Unlike a rename, a link never replaces a file that appeared meanwhile.
    if (mustBeNew) linkSync(draft, path)
    else renameSync(draft, path)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    // Some network and container file systems have no hard links.
    if (!mustBeNew || !['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP'].includes(codeOf(error))) throw error
    renameSync(draft, path)
  } finally {
    rmSync(draft, { force: true })
  }
  syncDirectory(dirname(path))
  return true
}

/** Without it the new name may be lost at a power failure; not every platform can. */
function syncDirectory(path: string): void {
  try {
    const directory = openSync(path, 'r')
    try {
      fsyncSync(directory)
    } finally {
      closeSync(directory)
    }
  } catch {
    // The file itself is synced; only its name may be late.
  }
}

function codeOf(error: unknown): string {
  return (error as { code?: string }).code ?? 'unknown error'
}

/** Fits the port of src/config/own-secrets.ts. */
export const secretsFile = { read, add }
