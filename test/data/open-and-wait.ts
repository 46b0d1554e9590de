// A server that opens the database of argv[2], says `open`, and lives until it is killed.
import { Secret } from '../../src/domain/secret.ts'
import { sqlite } from '../../src/infrastructure/database/sqlite/driver.ts'
import { systemClock } from '../../src/infrastructure/system.ts'

await sqlite.open(new Secret(process.argv[2] ?? ''), { clock: systemClock, role: 'server' })
process.stdout.write('open\n')
setInterval(() => {}, 60_000)
