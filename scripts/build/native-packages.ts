// The packages with native code: they cannot be bundled, so they are copied, with the binary of this platform only.
import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'

export const NATIVE_PACKAGES = ['better-sqlite3', '@node-rs/argon2'] as const

/** What better-sqlite3 needs at run time; its SQLite sources and the other platforms' binaries stay behind. */
const SQLITE_FILES = ['package.json', 'LICENSE', 'lib']

/** @returns name and exact version of each package, as for package.json. @throws when this platform has no binary */
export function copyNativePackages(root: string, out: string): Record<string, string> {
  const require = createRequire(join(root, 'package.json'))
  const sqlite = dirname(require.resolve('better-sqlite3/package.json'))
  const { getPrebuildPath } = require(join(sqlite, 'lib/binding.js')) as { getPrebuildPath(): string | null }
  const prebuild = getPrebuildPath()
  if (prebuild === null) throw new Error(`better-sqlite3 has no binary for ${process.platform}-${process.arch}`)
  for (const file of [...SQLITE_FILES, relative(sqlite, prebuild)])
    cpSync(join(sqlite, file), join(out, 'node_modules/better-sqlite3', file), { recursive: true })

  const scope = dirname(dirname(require.resolve('@node-rs/argon2/package.json')))
  const binaries = readdirSync(scope).filter((name) => name.startsWith('argon2-') && existsSync(join(scope, name, 'package.json')))
  if (binaries.length === 0) throw new Error(`@node-rs/argon2 has no binary for ${process.platform}-${process.arch}`)
  for (const name of ['argon2', ...binaries]) cpSync(join(scope, name), join(out, 'node_modules/@node-rs', name), { recursive: true })

  return Object.fromEntries(NATIVE_PACKAGES.map((name) => [name, versionOf(join(root, 'node_modules', name))]))
}

function versionOf(folder: string): string {
  return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version
}
