// Owns `akr init`: strong, distinct, private secrets; what exists is never changed; every form says the same.
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { STACK_SECRETS } from '../../src/cli/init-secrets.ts'
import { findPasswordFault } from '../../src/domain/account-rules.ts'
import { weakSecretReason } from '../../src/domain/weak-secret.ts'
import { akr } from '../support/command.ts'
import { createTemporaryFolder } from '../support/free-port.ts'

const folder = createTemporaryFolder('akr-init')
afterAll(() => folder.remove())
const at = (name: string): string => join(folder.path, name)
const NAMES = ['admin_password', 'client_key_pepper', 'db_password', 'db_root_password', 'encryption_key', 'jwt_secret', 'metrics_token', 'redis_password']

function readAll(path: string): Record<string, string> {
  return Object.fromEntries(readdirSync(path).map((name) => [name, readFileSync(join(path, name), 'utf8')]))
}

function parseEnv(text: string): Record<string, string> {
  return Object.fromEntries(
    text
      .trim()
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )
}

describe('files', () => {
  test('one per secret, private, strong and different; the backup is asked for, no value is printed', async () => {
    const path = at('deep/secrets')
    const ended = await akr(['init', '--out', path], {})
    expect(ended.code).toBe(0)
    const values = readAll(path)
    expect(Object.keys(values).sort()).toEqual(NAMES)
    expect(statSync(path).mode & 0o777).toBe(0o700)
    for (const name of NAMES) expect([name, statSync(join(path, name)).mode & 0o777]).toEqual([name, 0o600])
    expect(new Set(Object.values(values)).size).toBe(NAMES.length)
    for (const { file, charsMin } of STACK_SECRETS) expect([file, weakSecretReason(values[file] ?? '', charsMin)]).toEqual([file, undefined])
    expect(findPasswordFault(values['admin_password'] ?? '', 'admin')).toBeUndefined()
    expect(ended.err).toContain('Back up encryption_key')
    for (const value of Object.values(values)) expect(ended.out + ended.err).not.toContain(value)
  })

  test('again: what is missing is added, what exists stays byte for byte, weak values are named but kept', async () => {
    const path = at('again')
    mkdirSync(path, { mode: 0o700 })
    writeFileSync(join(path, 'db_password'), 'changeme\n', { mode: 0o600 })
    writeFileSync(join(path, 'redis_password'), '', { mode: 0o600 })
    const ended = await akr(['init', '--out', path, '--json'], {})
    const report = JSON.parse(ended.out) as { created: string[]; kept: string[]; warnings: string[] }
    expect(report.kept.sort()).toEqual(['db_password', 'redis_password'])
    expect(report.created).toHaveLength(NAMES.length - 2)
    expect(report.warnings).toEqual([expect.stringMatching(/^db_password is a well-known/), expect.stringMatching(/^redis_password is empty/)])
    const values = readAll(path)
    expect([values['db_password'], values['redis_password']]).toEqual(['changeme\n', ''])
    const third = await akr(['init', '--out', path], {})
    expect([third.code, third.out]).toEqual([0, `${path} has everything already.\n`])
    expect(readAll(path)).toEqual(values)
    expect(third.err).not.toContain('Back up')
  })

  test('a folder that is open to others is named; in a closed one readable files are none of their business', async () => {
    const path = at('open')
    await akr(['init', '--out', path], {})
    chmodSync(join(path, 'jwt_secret'), 0o644)
    expect((await akr(['init', '--out', path], {})).err).toBe('')
    chmodSync(path, 0o755)
    const { err } = await akr(['init', '--out', path], {})
    expect(err).toContain(`chmod 700 ${path}\n`)
    expect(err).toContain(`chmod 600 ${join(path, 'jwt_secret')}\n`)
  })

  test('a place that cannot be written is an error that says so; nothing is left half way', async () => {
    writeFileSync(at('file'), 'x')
    for (const path of ['/proc/akr/secrets', at('file')]) {
      const ended = await akr(['init', '--out', path], {})
      expect([path, ended.code, ended.err]).toEqual([path, 78, expect.stringMatching(/cannot be kept in .*\(E[A-Z]+\).*--out/)])
    }
    expect((await akr(['init', '--owner', 'nobody'], {})).err).toContain('--owner takes numbers')
    expect(readdirSync(folder.path).filter((name) => name.startsWith('.new-'))).toEqual([])
  })

  test('a gateway that moves here keeps its secrets; other ones that are there already are no silent success', async () => {
    const own = {
      JWT_SECRET: 'a'.repeat(20) + 'b1c2d3e4f5g6h7',
      ENCRYPTION_KEY: 'q8w7e6r5t4y3u2i1o0p9a8s7d6f5g4h3',
      CLIENT_KEY_PEPPER: 'z1x2c3v4b5n6m7k8j9h0g1f2d3s4a5q6',
    }
    writeFileSync(at('secrets.json'), JSON.stringify(own), { mode: 0o600 })
    const path = at('moved')
    expect((await akr(['init', '--out', path, '--from', at('secrets.json')], {})).code).toBe(0)
    const values = readAll(path)
    expect([values['jwt_secret'], values['encryption_key'], values['client_key_pepper']]).toEqual(Object.values(own))
    expect((await akr(['init', '--out', path, '--from', at('secrets.json')], {})).code).toBe(0)
    const other = await akr(['init', '--out', at('again'), '--from', at('secrets.json')], {})
    expect([other.code, other.err]).toEqual([78, expect.stringMatching(/another encryption_key, client_key_pepper, jwt_secret than --from/)])
    expect((await akr(['init', '--out', path, '--from', at('none.json')], {})).err).toContain('has no JWT_SECRET')
  })
})

describe('env', () => {
  test('printed, or added to a file without touching a line of it', async () => {
    const printed = parseEnv((await akr(['init', '--format', 'env'], {})).out)
    expect(Object.keys(printed).sort()).toEqual(STACK_SECRETS.map(({ variable }) => variable).sort())
    const path = at('.env')
    const before = 'PROXY_PUBLIC_BASE_URL=https://gw.example.com\nexport DB_PASSWORD="mine-and-long-enough-4711"\nJWT_SECRET=\nREDIS_HOST=redis'
    writeFileSync(path, before, { mode: 0o600 })
    expect((await akr(['init', '--format', 'env', '--out', path], {})).code).toBe(0)
    const after = readFileSync(path, 'utf8')
    expect(after.startsWith(`${before}\n`)).toBe(true)
    const added = parseEnv(after.slice(before.length + 1))
    expect(Object.keys(added)).not.toContain('DB_PASSWORD')
    expect(Object.keys(added)).toContain('JWT_SECRET')
    await akr(['init', '--format', 'env', '--out', path], {})
    expect(readFileSync(path, 'utf8')).toBe(after)
    await akr(['init', '--format', 'env', '--out', at('new.env')], {})
    expect(statSync(at('new.env')).mode & 0o777).toBe(0o600)
  })
})

describe('k8s-secret', () => {
  test('a manifest with the same names, as YAML or JSON; the set-up link needs no password', async () => {
    const yaml = await akr(['init', '--format', 'k8s-secret', '--name', 'gateway-secrets'], {})
    expect(yaml.out).toMatch(/^apiVersion: v1\nkind: Secret\nmetadata:\n {2}name: gateway-secrets\ntype: Opaque\nstringData:\n/)
    expect([...yaml.out.matchAll(/^ {2}(\w+_\w+): "/gm)].map(([, name]) => name).sort()).toEqual(NAMES)
    expect(yaml.err).toContain('kubectl create')
    const { stringData } = JSON.parse((await akr(['init', '--format', 'k8s-secret', '--json', '--setup-link'], {})).out) as { stringData: object }
    expect(Object.keys(stringData)).not.toContain('admin_password')
  })
})
