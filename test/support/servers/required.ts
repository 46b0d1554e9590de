// Owns what happens to tests whose server this machine does not have: never a silent green.
import { describe, test } from '@jest/globals'
import { isAvailable, SERVERS, type ServerName } from './find-server.ts'

/**
 * A `describe` that needs a real server. Without the server: one skip that names it, or a failure when REQUIRE_DRIVERS=all.
 * DRIVERS (e.g. `sqlite,memory,redis`) leaves out, by name, what it does not list.
 */
export function describeWith(server: ServerName, name: string, define: () => void): void {
  const listed = process.env['DRIVERS']?.split(',').map((word) => word.trim())
  if (listed !== undefined && !listed.includes(server)) return skipped(name, `DRIVERS leaves ${server} out`)
  if (isAvailable(server)) return describe(name, define)
  const advice = `needs ${server}: install ${SERVERS[server].debianPackage} or start Docker`
  if (process.env['REQUIRE_DRIVERS'] !== 'all') return skipped(name, advice)
  describe(name, () => {
    test(advice, () => {
      throw new Error(`${advice} (REQUIRE_DRIVERS=all)`)
    })
  })
}

function skipped(name: string, reason: string): void {
  describe(name, () => {
    test.skip(reason, () => {})
  })
}
