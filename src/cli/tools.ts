// The services beside a running server: the same database, changes are in force there within a second.
import { type Build, type Environment, composeBuild, loadBuildConfig, openBuildLogging } from '../build.ts'
import type { Config } from '../config.ts'
import type { Cache } from '../ports/cache.ts'
import type { KeyRotation } from '../ports/key-rotation.ts'
import type { Store } from '../ports/store.ts'
import type { ManagementServices } from '../services/management.ts'

export interface Tools {
  readonly config: Config
  readonly management: ManagementServices
  readonly cache: Cache
  readonly store: Store
  readonly rotation: KeyRotation
}

/** Who changed a key, in its history. */
export const ACTOR = 'akr'

/** @throws StartupError */
export async function withTools<T>(build: Build, environment: Environment, work: (tools: Tools) => Promise<T>): Promise<T> {
  const config = loadBuildConfig(build, environment)
  // Results go to stdout, so what the services log goes to stderr, and only when somebody has to act.
  const logging = openBuildLogging(build, { stream: process.stderr, level: 'warn', format: 'pretty', colours: false })
  const composition = await composeBuild(build, config, logging, 'tool')
  try {
    return await work({
      config,
      management: composition.get('management'),
      cache: composition.get('cache'),
      store: composition.get('store'),
      rotation: composition.get('keyRotation'),
    })
  } finally {
    await composition.close()
    await logging.close()
  }
}
