// The single-container build: SQLite and an in-process cache.
import { fileURLToPath } from 'node:url'
import { memory } from '../../src/infrastructure/cache/memory/driver.ts'
import { sqlite } from '../../src/infrastructure/database/sqlite/driver.ts'
import { runCli } from '../../src/cli/run-cli.ts'
import { version } from '../../src/version.ts'

await runCli(
  {
    catalog: { build: 'lightweight', databases: [sqlite], caches: [memory] },
    version,
    defaults: {},
    defaultDataDir: 'data',
    assetsDir: fileURLToPath(new URL('.', import.meta.url)),
  },
  process.argv.slice(2),
  process.env,
)
