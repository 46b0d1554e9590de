// The programs a benchmark needs: found, installed from the distribution when that is possible, or named as missing.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const bench = fileURLToPath(new URL('..', import.meta.url))

/** True when the command can be run after this call; installs its Debian package when it is missing and we are root. */
export function ensureTool(command: string, debianPackage: string): boolean {
  if (has(command)) return true
  if (process.getuid?.() !== 0 || !has('apt-get')) return false
  process.stdout.write(`installing ${debianPackage} with apt-get\n`)
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const run = (...rest: string[]) => spawnSync('apt-get', rest, { stdio: 'ignore', env: environment }).status === 0
  if (!run('install', '-y', '--no-install-recommends', debianPackage)) {
    run('update')
    run('install', '-y', '--no-install-recommends', debianPackage)
  }
  return has(command)
}

function has(command: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' }).status === 0
}

/** Compiles bench/mock/<name>.c; undefined without a compiler. */
export function compile(name: string, directory: string): string | undefined {
  const output = join(directory, name)
  const result = spawnSync('cc', ['-O2', '-o', output, join(bench, 'mock', `${name}.c`)], { stdio: ['ignore', 'ignore', 'inherit'] })
  return result.status === 0 ? output : undefined
}

/** Portkey lives in bench's own package: the product never installs it. */
export function ensurePortkey(): boolean {
  const start = join(bench, 'node_modules/@portkey-ai/gateway/build/start-server.js')
  if (!existsSync(start)) {
    process.stdout.write('installing the peers of bench/package.json\n')
    spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: bench, stdio: 'inherit' })
  }
  return existsSync(start)
}
