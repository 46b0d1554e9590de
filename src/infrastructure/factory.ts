// Configuration-driven choice: URL scheme -> driver of this build -> open port.
import { StartupError } from '../errors.ts'
import type { Secret } from '../domain/secret.ts'
import type { Cache } from '../ports/cache.ts'
import type { JobSignals } from '../ports/job-queue.ts'
import { DRIVER_OF_SCHEME } from './catalog.ts'
import type { CacheDeps, Catalog, DatabaseDeps, JobSignalDeps, OpenDatabase } from './catalog.ts'
import type { CacheFacts, DatabaseFacts } from './diagnostics.ts'

/** @throws StartupError 78 when this build has no driver for the scheme, or what the driver's `open` throws. */
export async function openDatabase(catalog: Catalog, url: Secret, deps: DatabaseDeps): Promise<OpenDatabase> {
  return findDriver(catalog.databases, 'DATABASE_URL', url, catalog.build).open(url, deps)
}

/** Whether the gateway may start before this database is reached. @throws StartupError 78 when this build has no driver for the scheme */
export function isRemoteDatabase(catalog: Catalog, url: Secret): boolean {
  return findDriver(catalog.databases, 'DATABASE_URL', url, catalog.build).isRemote === true
}

/** @throws StartupError 78 when this build has no driver for the scheme, or what the driver's `open` throws. */
export async function openCache(catalog: Catalog, url: Secret, deps: CacheDeps): Promise<Cache> {
  return findDriver(catalog.caches, 'CACHE_URL', url, catalog.build).open(url, deps)
}

/** undefined where this build has no driver that announces jobs over this cache. @throws what the driver's `open` throws */
export async function openJobSignals({ jobSignals = [] }: Catalog, url: Secret, deps: JobSignalDeps): Promise<JobSignals | undefined> {
  const scheme = schemeOf(url)
  return jobSignals.find(({ schemes }) => scheme !== undefined && schemes.includes(scheme))?.open(url, deps)
}

/** What the database says about itself; undefined when there is nothing yet, or nothing to ask. @throws StartupError like openDatabase */
export async function examineDatabase(catalog: Catalog, url: Secret, deps: Pick<DatabaseDeps, 'clock'>): Promise<DatabaseFacts | undefined> {
  return findDriver(catalog.databases, 'DATABASE_URL', url, catalog.build).examine?.(url, deps)
}

/** @throws StartupError like openCache, and 69 when the server is out of reach */
export async function examineCache(catalog: Catalog, url: Secret, deps: Pick<CacheDeps, 'clock' | 'random'>): Promise<CacheFacts | undefined> {
  return findDriver(catalog.caches, 'CACHE_URL', url, catalog.build).examine?.(url, deps)
}

function findDriver<T extends { readonly schemes: readonly string[] }>(drivers: readonly T[], variable: string, url: Secret, build: string): T {
  const scheme = schemeOf(url)
  const carried = drivers.flatMap((driver) => driver.schemes)
  if (scheme === undefined) {
    throw new StartupError(78, `${variable} does not start with a scheme. The ${build} build knows: ${list(carried)}.`)
  }
  const driver = drivers.find((candidate) => candidate.schemes.includes(scheme))
  if (driver !== undefined) return driver
  const missing = Object.hasOwn(DRIVER_OF_SCHEME, scheme) ? DRIVER_OF_SCHEME[scheme] : undefined
  if (missing === undefined || build === 'enterprise') {
    throw new StartupError(78, `${variable} ${scheme}: is not a scheme that the ${build} build knows. It has: ${list(carried)}.`)
  }
  throw new StartupError(
    78,
    `${variable} ${scheme}: needs the ${missing} driver, which the ${build} build leaves out. Use the enterprise build (same data, same variables).`,
  )
}

function schemeOf(url: Secret): string | undefined {
  return /^([a-z][a-z0-9+.-]*):/i.exec(url.reveal())?.[1]?.toLowerCase()
}

function list(schemes: readonly string[]): string {
  return schemes.map((scheme) => `${scheme}:`).join(', ')
}
