// The services beside a running server: the same database, changes are in force there within a second.
import { hostname } from 'node:os'
import { compose } from '../compose.ts'
import type { Config } from '../config.ts'
import { openLogging } from '../infrastructure/logging/open-logging.ts'
import { systemClock, systemRandom } from '../infrastructure/system.ts'
import { type Build, type Environment, loadBuildConfig } from '../run.ts'
import type { ManagementServices } from '../services/management.ts'

export interface Tools {
  readonly config: Config
  readonly management: ManagementServices
}

/** Who changed a key, in its history. */
export const ACTOR = 'akr'

/** @throws StartupError */
export async function withTools<T>(build: Build, environment: Environment, work: (tools: Tools) => Promise<T>): Promise<T> {
  const config = loadBuildConfig(build, environment)
  // Results go to stdout, so what the services log goes to stderr, and only when somebody has to act.
  const logging = openLogging({
    stream: process.stderr,
    clock: systemClock,
    level: 'warn',
    format: 'pretty',
    colours: false,
    version: build.version,
    instance: hostname(),
  })
  const composition = await compose({
    catalog: build.catalog,
    config,
    logging,
    clock: systemClock,
    random: systemRandom,
    assetsDir: build.assetsDir,
    role: 'tool',
  })
  try {
    return await work({ config, management: composition.get('management') })
  } finally {
    await composition.close()
    await logging.close()
  }
}
