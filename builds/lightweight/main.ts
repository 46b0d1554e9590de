// The single-container build: SQLite and an in-process cache.
import { fileURLToPath } from 'node:url'
import { memory } from '../../src/infrastructure/cache/memory/driver.ts'
import { sqlite } from '../../src/infrastructure/database/sqlite/driver.ts'
import { run } from '../../src/run.ts'
import { version } from '../../src/version.ts'

await run(
  {
    catalog: { build: 'lightweight', databases: [sqlite], caches: [memory] },
    version,
    defaults: {},
    defaultDataDir: 'data',
    assetsDir: fileURLToPath(new URL('.', import.meta.url)),
  },
  process.env,
)
