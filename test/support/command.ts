// Owns commands of `akr` in this process, with every driver, and with an environment and files of their own.
import { readFileSync } from 'node:fs'
import type { Build } from '../../src/build.ts'
import { runCommand } from '../../src/cli/run-command.ts'
import { memory } from '../../src/infrastructure/cache/memory/driver.ts'
import { redis } from '../../src/infrastructure/cache/redis/driver.ts'
import { mysql } from '../../src/infrastructure/database/mysql/driver.ts'
import { postgres } from '../../src/infrastructure/database/postgres/driver.ts'
import { sqlite } from '../../src/infrastructure/database/sqlite/driver.ts'

export interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

const build: Build = {
  catalog: { build: 'enterprise', databases: [sqlite, mysql, postgres], caches: [memory, redis] },
  version: '1.2.3',
  defaults: { secretsMustBeGiven: true, allowPrivateUpstreams: false },
  defaultDataDir: 'data',
  assetsDir: '/nowhere',
}

/** The enterprise build's command. @param env all that it sees */
export async function akr(args: readonly string[], env: Readonly<Record<string, string>>, input = ''): Promise<Ended> {
  let out = ''
  let err = ''
  const code = await runCommand(build, args, {
    print: (line) => void (out += `${line}\n`),
    remark: (line) => void (err += `${line}\n`),
    readInput: () => Promise.resolve(input),
    readFile: (path) => readFileSync(path, 'utf8'),
    isTerminal: false,
    environment: env,
  })
  return { code, out, err }
}
