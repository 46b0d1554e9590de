// Adds the lockfile entries that npm leaves out for platforms a registry mirror does not carry; without them `npm ci` refuses everywhere.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

interface Entry {
  version?: string
  dev?: boolean
  optional?: boolean
  os?: string[]
  cpu?: string[]
  optionalDependencies?: Record<string, string>
}

export interface Lockfile {
  packages: Record<string, Entry>
}

const OPERATING_SYSTEMS = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32']
const ANY_SYSTEM = ['wasm32']
const PROCESSORS = [...ANY_SYSTEM, 'arm64', 'arm', 'ia32', 'loong64', 'ppc64', 'riscv64', 's390x', 'x64']

/** Optional packages that an installed package names and that have no entry: [wanted by, name, version]. */
export function findMissing(lockfile: Lockfile): [string, string, string][] {
  return Object.entries(lockfile.packages).flatMap(([path, entry]) =>
    Object.entries(entry.optionalDependencies ?? {})
      .filter(([name]) => lockfile.packages[`${path}/node_modules/${name}`] === undefined && lockfile.packages[`node_modules/${name}`] === undefined)
      .map(([name, version]): [string, string, string] => [path, name, version]),
  )
}

/** @throws when a missing package is not tied to one platform by its name: that one needs a real `npm install` */
export function complete(lockfile: Lockfile): Lockfile {
  const packages = { ...lockfile.packages }
  for (const [path, name, version] of findMissing(lockfile)) {
    const words = name.split(/[-/]/)
    const os = OPERATING_SYSTEMS.find((word) => words.includes(word))
    const cpu = PROCESSORS.find((word) => words.includes(word))
    if ((os === undefined && !ANY_SYSTEM.includes(cpu ?? '')) || cpu === undefined || !/^\d/.test(version))
      throw new Error(`${name}@${version}, wanted by ${path}, has no entry in package-lock.json`)
    packages[`node_modules/${name}`] = {
      version,
      cpu: [cpu],
      ...(packages[path]?.dev === true ? { dev: true } : {}),
      optional: true,
      ...(os === undefined ? {} : { os: [os] }),
    }
  }
  const sorted = Object.entries(packages).sort(([a], [b]) => a.localeCompare(b, 'en'))
  return { ...lockfile, packages: Object.fromEntries(sorted) }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const path = fileURLToPath(new URL('../package-lock.json', import.meta.url))
  const lockfile = JSON.parse(readFileSync(path, 'utf8')) as Lockfile
  const missing = findMissing(lockfile)
  if (missing.length > 0) writeFileSync(path, `${JSON.stringify(complete(lockfile), undefined, 2)}\n`)
  process.stdout.write(`${missing.length} entries added to package-lock.json\n`)
}
