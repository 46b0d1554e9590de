// Owns where the real servers of the tests come from: a binary of this machine, else a Docker image.
import { spawnSync } from 'node:child_process'
import { accessSync, constants, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'

export type ServerName = 'mariadb' | 'postgres' | 'redis' | 'haproxy' | 'nginx'

interface ServerSource {
  /** Without them the server cannot run; the first is the server. */
  readonly binaries: readonly string[]
  readonly image: string | undefined
  readonly debianPackage: string
}

export const SERVERS: Readonly<Record<ServerName, ServerSource>> = {
  mariadb: { binaries: ['mariadbd', 'mariadb-install-db'], image: 'mariadb:10.11', debianPackage: 'mariadb-server' },
  postgres: { binaries: ['postgres', 'initdb'], image: 'postgres:15', debianPackage: 'postgresql' },
  redis: { binaries: ['redis-server'], image: 'redis:7', debianPackage: 'redis-server' },
  haproxy: { binaries: ['haproxy'], image: undefined, debianPackage: 'haproxy' },
  nginx: { binaries: ['nginx'], image: undefined, debianPackage: 'nginx-light' },
}

/** Debian keeps servers out of the PATH of people, and PostgreSQL out of everybody's. */
function folders(): string[] {
  const postgres = '/usr/lib/postgresql'
  let versions: string[] = []
  try {
    versions = readdirSync(postgres).sort((a, b) => Number(b) - Number(a))
  } catch {
    // Not a Debian with PostgreSQL.
  }
  const path = (process.env['PATH'] ?? '').split(delimiter)
  return [...versions.map((version) => `${postgres}/${version}/bin`), ...path, '/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/local/bin', '/usr/bin']
}

export function findBinary(name: string): string | undefined {
  for (const folder of folders()) {
    if (folder === '') continue
    try {
      accessSync(join(folder, name), constants.X_OK)
      return join(folder, name)
    } catch {
      // Not here.
    }
  }
  return undefined
}

/** @throws when it is not on this machine; only for servers that `hasBinaries` has found. */
export function getBinary(name: string): string {
  const path = findBinary(name)
  if (path === undefined) throw new Error(`${name} is not on this machine`)
  return path
}

export function hasBinaries(server: ServerName): boolean {
  return SERVERS[server].binaries.every((name) => findBinary(name) !== undefined)
}

let docker: boolean | undefined

/** Whether this user may start containers here. */
export function hasDocker(): boolean {
  docker ??= spawnSync('docker', ['info', '--format', '{{.ServerVersion}}'], { stdio: 'ignore', timeout: 10_000 }).status === 0
  return docker
}

export function isAvailable(server: ServerName): boolean {
  return hasBinaries(server) || (SERVERS[server].image !== undefined && hasDocker())
}
