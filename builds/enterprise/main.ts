// The build for several replicas: all databases and caches, secrets that all replicas share.
import { fileURLToPath } from 'node:url'
import { memory } from '../../src/infrastructure/cache/memory/driver.ts'
import { redis } from '../../src/infrastructure/cache/redis/driver.ts'
import { mysql } from '../../src/infrastructure/database/mysql/driver.ts'
import { postgres } from '../../src/infrastructure/database/postgres/driver.ts'
import { sqlite } from '../../src/infrastructure/database/sqlite/driver.ts'
import { bullmq } from '../../src/infrastructure/jobs/bullmq/driver.ts'
import { runCli } from '../../src/cli/run-cli.ts'
import { version } from '../../src/version.ts'

await runCli(
  {
    catalog: { build: 'enterprise', databases: [sqlite, mysql, postgres], caches: [memory, redis], jobSignals: [bullmq] },
    version,
    defaults: { secretsMustBeGiven: true, allowPrivateUpstreams: false },
    defaultDataDir: 'data',
    assetsDir: fileURLToPath(new URL('.', import.meta.url)),
  },
  process.argv.slice(2),
  process.env,
)
