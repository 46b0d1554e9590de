// Owns that `make test` finds the real servers and the browser it needs: on the machine, in Docker, or (root on Debian) from apt. Says what it installs.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { hasBinaries, isAvailable, SERVERS, type ServerName } from '../test/support/servers/find-server.ts'

const CHROMIUM = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium'
/** With letters of both languages of the web UI. */
const BROWSER_PACKAGES = ['chromium', 'fonts-noto-cjk']
const INSTALL_MS_MAX = 10 * 60_000

function apt(...args: readonly string[]): { isDone: boolean; said: string } {
  // RUNLEVEL=1: the packages must not start services of their own.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  const { status, stderr } = spawnSync('apt-get', ['-qq', ...args], { env, encoding: 'utf8', timeout: INSTALL_MS_MAX })
  return { isDone: status === 0, said: stderr?.trim().split('\n').at(-1) ?? '' }
}

/** What is still missing afterwards is skipped by name, or fails when REQUIRE_DRIVERS=all. */
export function prepareServers(): void {
  const names = Object.keys(SERVERS) as ServerName[]
  const missing = names.filter((name) => !isAvailable(name))
  const packages = [...missing.map((name) => SERVERS[name].debianPackage), ...(existsSync(CHROMIUM) ? [] : BROWSER_PACKAGES)]
  if (packages.length === 0) return
  if (process.getuid?.() === 0 && existsSync('/etc/debian_version')) {
    process.stderr.write(`installing for the tests: apt-get install ${packages.join(' ')}\n`)
    const updated = apt('update')
    const installed = apt('install', '-y', '--no-install-recommends', ...packages)
    if (!installed.isDone) process.stderr.write(`apt-get failed: ${installed.said || updated.said}\n`)
  }
  const absent = missing.filter((name) => !hasBinaries(name))
  if (!existsSync(CHROMIUM)) process.stderr.write(`no browser at ${CHROMIUM}: the tests of the web UI are skipped\n`)
  if (absent.length > 0) process.stderr.write(`not on this machine: ${absent.join(', ')}; their tests are skipped by name\n`)
}
