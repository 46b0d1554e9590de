// What a build is, and how the server and the commands open the parts of one: configuration, log, composition.
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { type Composition, type CompositionInput, compose } from './compose.ts'
import type { Config } from './config.ts'
import { loadConfig, type ConfigDefaults } from './config/load-config.ts'
import type { SecretsFile } from './config/own-secrets.ts'
import type { Catalog } from './infrastructure/catalog.ts'
import { type Logging, openLogging } from './infrastructure/logging/open-logging.ts'
import { secretsFile } from './infrastructure/secrets-file.ts'
import { systemClock, systemRandom } from './infrastructure/system.ts'

export interface Build {
  readonly catalog: Catalog
  readonly version: string
  readonly defaults: ConfigDefaults
  readonly defaultDataDir: string
  /** Folder with `page` and `swagger-ui`. */
  readonly assetsDir: string
}

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * @param file where generated secrets are kept; a tool that only looks gives one that writes nothing
 * @throws StartupError
 */
export function loadBuildConfig(build: Build, environment: Environment, file: SecretsFile = secretsFile): Config {
  return loadConfig(environment, {
    build: build.catalog.build,
    version: build.version,
    defaultDataDir: build.defaultDataDir,
    defaults: build.defaults,
    workingDir: process.cwd(),
    terminal: process.stdout.isTTY === true,
    readFile: (path) => readFileSync(path, 'utf8'),
    secretsFile: file,
    generateSecret: () => systemRandom.bytes(32).toString('base64url'),
  })
}

type LoggingChoices = Pick<Parameters<typeof openLogging>[0], 'stream' | 'level' | 'format' | 'colours'>

/** @param worker names the process where several write to one stdout; undefined where one does */
export function openBuildLogging(build: Build, choices: LoggingChoices, worker?: string): Logging {
  return openLogging({ ...choices, clock: systemClock, version: build.version, instance: hostname(), worker })
}

/** @throws StartupError */
export function composeBuild(
  build: Build,
  config: Config,
  logging: Logging,
  role: CompositionInput['role'],
  scrapeAll?: CompositionInput['scrapeAll'],
): Promise<Composition> {
  return compose({ catalog: build.catalog, config, logging, clock: systemClock, random: systemRandom, assetsDir: build.assetsDir, role, scrapeAll })
}
