// Where `akr init` puts secrets: a folder with a file each, a file of variables, or a manifest on stdout. What is there stays.
import { appendFileSync, existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type FileOwner, makePrivateFolder, writeNewFile } from '../infrastructure/new-file.ts'
import { type SecretValues, STACK_SECRETS } from './init-secrets.ts'

export interface SecretPlace {
  /** For people; undefined when the secrets are printed. */
  readonly path: string | undefined
  /** What is there already. */
  read(): SecretValues
  /** Adds what is new; returns the names of those that were there after all, because another process was faster. */
  add(fresh: SecretValues): readonly string[]
  /** What others could do with it, a sentence each. */
  inspect(): readonly string[]
}

const OTHERS = 0o077
const variableOf = new Map(STACK_SECRETS.map(({ file, variable }) => [file, variable]))

/** A folder with one file per secret, as compose files and `*_FILE` variables want them. */
export function openFolder(folder: string, owner: FileOwner | undefined): SecretPlace {
  const names = STACK_SECRETS.map(({ file }) => file)
  return {
    path: folder,
    read: () => new Map(names.flatMap((name) => (existsSync(join(folder, name)) ? [[name, readFileSync(join(folder, name), 'utf8').trim()] as const] : []))),
    add: (fresh) => {
      makePrivateFolder(folder, owner)
      return [...fresh].flatMap(([name, value]) => (writeNewFile(join(folder, name), value, owner) ? [] : [name]))
    },
    // In a closed folder nobody else reaches the files, and containers that mount them one by one need them readable.
    inspect: () =>
      isClosed(folder) ? [] : [folder, ...names.map((name) => join(folder, name))].flatMap((path) => inspectMode(path, path === folder ? '700' : '600')),
  }
}

/** A file of `NAME=value` lines; lines of others are never touched. */
export function openEnvFile(path: string, owner: FileOwner | undefined): SecretPlace {
  const text = (): string => (existsSync(path) ? readFileSync(path, 'utf8') : '')
  return {
    path,
    read: () => new Map(STACK_SECRETS.flatMap(({ file, variable }) => readLine(text(), variable).map((value) => [file, value] as const))),
    add: (fresh) => {
      if (fresh.size === 0) return []
      const before = text()
      const lines = renderEnv(fresh)
      if (!existsSync(path) && writeNewFile(path, lines, owner)) return []
      appendFileSync(path, `${before === '' || before.endsWith('\n') ? '' : '\n'}${lines}`)
      return []
    },
    inspect: () => inspectMode(path, '600'),
  }
}

/** Nothing is known about what exists already. @param render the text that is printed */
export function openPrinter(print: (text: string) => void, render: (values: SecretValues) => string): SecretPlace {
  return { path: undefined, read: () => new Map(), add: (fresh) => (print(render(fresh).trimEnd()), []), inspect: () => [] }
}

export function renderEnv(values: SecretValues): string {
  return [...values].map(([file, value]) => `${variableOf.get(file)}=${value}\n`).join('')
}

/** JSON is YAML too, so that kubectl takes either. */
export function renderManifest(name: string, isJson: boolean): (values: SecretValues) => string {
  return (values) => {
    if (isJson) return JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name }, type: 'Opaque', stringData: Object.fromEntries(values) }, null, 2)
    const entries = [...values].map(([file, value]) => `  ${file}: ${JSON.stringify(value)}\n`).join('')
    return `apiVersion: v1\nkind: Secret\nmetadata:\n  name: ${name}\ntype: Opaque\nstringData:\n${entries}`
  }
}

/** The last line wins, as in a shell; one without a value counts as not there. */
function readLine(text: string, variable: string): string[] {
  const found = [...text.matchAll(new RegExp(`^[ \\t]*(?:export[ \\t]+)?${variable}[ \\t]*=[ \\t]*(.*)$`, 'gm'))].at(-1)?.[1]?.trim() ?? ''
  const value = found.replace(/^(["'])(.*)\1$/, '$2')
  return value === '' ? [] : [value]
}

function inspectMode(path: string, wanted: string): string[] {
  if (!existsSync(path) || isClosed(path)) return []
  return [`${path} is open to other users of this machine. Run: chmod ${wanted} ${path}`]
}

function isClosed(path: string): boolean {
  return process.platform === 'win32' || (existsSync(path) && (statSync(path).mode & OTHERS) === 0)
}
