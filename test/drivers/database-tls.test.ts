// TLS to database servers: who signed the certificate and which name it has is always checked.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { mysql } from '../../src/infrastructure/database/mysql/driver.ts'
import { postgres } from '../../src/infrastructure/database/postgres/driver.ts'
import { openWith } from '../contracts/server-database.contract.ts'
import { createSelfSigned } from '../support/certificates.ts'
import { createTemporaryFolder } from '../support/free-port.ts'
import { startMariadb } from '../support/servers/mariadb.ts'
import { startPostgres } from '../support/servers/postgres.ts'
import { describeWith } from '../support/servers/required.ts'

for (const { name, driver, start } of [
  { name: 'mariadb', driver: mysql, start: startMariadb },
  { name: 'postgres', driver: postgres, start: startPostgres },
] as const) {
  describeWith(name, `TLS to ${name}`, () => {
    test('a certificate of the given authority with the right name is taken, any other refused', async () => {
      const folder = createTemporaryFolder()
      const right = createSelfSigned({ commonName: 'database', dnsNames: ['localhost'], isAuthority: true })
      const other = createSelfSigned({ commonName: 'database', dnsNames: ['localhost'], isAuthority: true })
      writeFileSync(join(folder.path, 'right.pem'), right.cert)
      writeFileSync(join(folder.path, 'other.pem'), other.cert)
      const server = await start({ tls: right })
      const open = async (host: string, options: string): Promise<unknown> => {
        const url = new URL(await server.createDatabase())
        url.hostname = host
        try {
          await (await openWith(driver, `${url.href}?${options}`)).close()
          return 'open'
        } catch (error) {
          return error
        }
      }
      expect(await open('localhost', `sslCa=${folder.path}/right.pem`)).toBe('open')
      expect(await open('127.0.0.1', '')).toBe('open')
      for (const [host, options] of [
        ['localhost', `sslCa=${folder.path}/other.pem`],
        ['localhost', 'ssl=true'],
        ['127.0.0.1', `sslCa=${folder.path}/right.pem`],
      ] as const) {
        expect(await open(host, options)).toMatchObject({
          exitCode: 78,
          message: expect.stringMatching(/certificate of .* is not trusted|needs the name of the server/),
        })
      }
      await server.stop()
      folder.remove()
    })
  })
}
