// What is recognised: pasted keys in all their forms, well-formed client keys, the client behind a proxy.
import type { IncomingMessage } from 'node:http'
import { describe, expect, test } from '@jest/globals'
import { createClientKey, isClientKeyWellFormed } from '../../src/domain/client-key-format.ts'
import { IMPORT_INVALID_MAX, IMPORT_KEYS_MAX, findKeyFault } from '../../src/domain/key-import-collector.ts'
import { parseKeyImport } from '../../src/domain/key-import.ts'
import { clientAddress, networkOf, vouchedAddress } from '../../src/http/client-address.ts'
import { systemRandom } from '../../src/infrastructure/system.ts'

const K = ['sk-aaaaaaaaaaaaaaaaaaaa1', 'sk-bbbbbbbbbbbbbbbbbbbb2', 'sk-cccccccccccccccccccc3'] as const
const values = (text: string): string[] => parseKeyImport(text).keys.map((key) => key.value)

describe('a paste', () => {
  test.each([
    ['lines', K.join('\n')],
    ['lines of Windows and of old Macs', `${K[0]}\r\n${K[1]}\r${K[2]}`],
    ['commas', K.join(',')],
    ['semicolons and spaces', K.join(' ; ')],
    ['tabs', K.join('\t')],
    ['pipes', K.join('|')],
    ['quotes', K.map((key) => `"${key}",`).join('\n')],
    ['single and typographic quotes', `'${K[0]}' \u201c${K[1]}\u201d \`${K[2]}\``],
    ['a JavaScript list', `['${K[0]}', '${K[1]}',\n '${K[2]}']`],
    ['Bearer', K.map((key) => `Bearer ${key}`).join('\n')],
    ['header lines', K.map((key) => `Authorization: Bearer ${key}`).join('\n')],
    ['x-api-key lines', K.map((key) => `x-api-key: ${key}`).join('\n')],
    ['exports', K.map((key, index) => `export OPENAI_KEY_${index}="${key}"`).join('\n')],
    ['.env', `# keys\nA=${K[0]}\n\nB='${K[1]}' # of anna\nC = ${K[2]}\n`],
    ['.env with a list', `OPENAI_API_KEYS=${K.join(',')}`],
    ['YAML', `key1: ${K[0]}\nkey2: "${K[1]}"\nkey3: ${K[2]}`],
    ['PowerShell and cmd', `$env:A=${K[0]}\nset B=${K[1]}\nexport C=${K[2]}`],
    ['trailing comments', K.map((key) => `${key} // note`).join('\n')],
    ['CSV with a header', `name,key\na,${K[0]}\nb,"${K[1]}"\nc,${K[2]}`],
    ['CSV of Excel with semicolons', `Key;Name\r\n${K[0]};a\r\n${K[1]};b\r\n${K[2]};c`],
    ['TSV', `label\tapi_key\na\t${K[0]}\nb\t${K[1]}\nc\t${K[2]}`],
    ['a column of its own', `api key\n${K.join('\n')}`],
    ['JSON strings', JSON.stringify(K)],
    ['JSON objects', JSON.stringify(K.map((key) => ({ key, name: 'x' })))],
    ['JSON {keys}', JSON.stringify({ keys: K })],
    ['JSON name to key', JSON.stringify({ a: K[0], b: K[1], c: K[2] })],
    ['JSON of a one-api channel', JSON.stringify({ data: [{ id: 1, name: 'ch', key: K.join('\n') }] })],
    ['JSON lines', K.map((key) => JSON.stringify({ key })).join('\n')],
    ['a byte order mark', `\ufeff${K.join('\n')}`],
  ])('%s', (_name, text) => {
    expect(values(text)).toEqual([...K])
    expect(parseKeyImport(text).invalidCount).toBe(0)
  })

  test('what stands beside a key is kept: label, weight, tier, group, limits, switch', () => {
    const csv = `key,name,weight,tier,quota_group,tags,rpm,enabled\n${K[0]},"anna, ""a""",3,1,p1,"team-a, b",60,false\n`
    const expected = { value: K[0], label: 'anna, "a"', weight: 3, tier: 1, quotaGroup: 'p1', tags: ['team-a', 'b'], limits: { rpm: 60 }, enabled: false }
    expect(parseKeyImport(csv).keys[0]).toMatchObject({ ...expected, line: 2 })
    const json = [{ value: K[0], label: 'anna, "a"', weight: 3, tier: 1, quota_group: 'p1', tags: ['team-a', 'b'], limits: { rpm: 60 }, enabled: false }]
    expect(parseKeyImport(JSON.stringify(json)).keys[0]).toMatchObject({ ...expected, line: 1 })
    expect(parseKeyImport(`A=${K[0]} # of anna`).keys[0]).toMatchObject({ label: 'of anna' })
  })

  test('padded base64 is no assignment', () =>
    expect(values('QWxhZGRpbjpvcGVu==\nabcdefghijk=,bcdefghijkl=')).toEqual(['QWxhZGRpbjpvcGVu==', 'abcdefghijk=', 'bcdefghijkl=']))

  test('a user:password pair is one key', () => expect(values('anna:s3cret-pass')).toEqual(['anna:s3cret-pass']))

  test.each([
    ['short', 1],
    ['https://platform.openai.com/api-keys', 1],
    [`${K[0]}\n\n${K[1]}\u0000`, 3],
    [`${K[0]}\n${K[1]}\u200b`, 2],
    [`sk-\u0430bcdefghijk`, 1],
    ['documentation', 1],
    [`key,weight\n${K[0]},heavy`, 2],
    [`key,tags\n${K[0]},Team`, 2],
    [`key,tags\n${K[0]},a b c d e f g h i`, 2],
    [`[{"key":"${K[0]}","tags":["a",7]}]`, 1],
    ['{"a":1}', 1],
    ['[null]', 1],
    ['[{"name":"x"}]', 1],
    [`"${K[0]}\\n"`, 1],
    ['<html></html>', 1],
  ])('%j has a fault in line %i, and the fault repeats nothing', (text, line) => {
    const { invalid } = parseKeyImport(text)
    expect(invalid[0]?.line).toBe(line)
    expect(JSON.stringify(invalid)).not.toContain('sk-')
  })

  test('is bounded', () => {
    const many = parseKeyImport(Array.from({ length: IMPORT_KEYS_MAX + 5 }, (_, index) => `sk-many-${index}-aaaaaaaa`).join('\n'))
    expect([many.keys.length, many.invalidCount]).toEqual([IMPORT_KEYS_MAX, 5])
    const bad = parseKeyImport('short\n'.repeat(IMPORT_INVALID_MAX + 7))
    expect([bad.invalid.length, bad.invalidCount]).toEqual([IMPORT_INVALID_MAX, IMPORT_INVALID_MAX + 7])
    expect(parseKeyImport('').keys).toEqual([])
    expect(parseKeyImport(`sk-${'x'.repeat(5000)}`).invalidCount).toBe(1)
  })
})

test.each(['a\r\nX: y', 'a\nb', 'a\0b', '\u010a', '\u560a', 'caf\u00e9', '\x7f', '\x0b', ' a', ''])('HTTP-04: the key %j is refused', (value) => {
  expect(findKeyFault(value)).toBeDefined()
})

test('client keys have the documented shape, differ, and show typos by their checksum', () => {
  const keys = Array.from({ length: 2000 }, () => createClientKey((count) => systemRandom.bytes(count)))
  expect(new Set(keys).size).toBe(keys.length)
  const counts = new Map<string, number>()
  for (const key of keys) {
    expect(key).toMatch(/^sk-akr-[0-9A-Za-z]{38}$/)
    expect(isClientKeyWellFormed(key)).toBe(true)
    for (const char of key.slice(7, 39)) counts.set(char, (counts.get(char) ?? 0) + 1)
  }
  // 64,000 draws over 62 characters: 1,032 each; a modulo without rejection gives the first eight 25 % more.
  const first = [...'01234567'].reduce((sum, char) => sum + (counts.get(char) ?? 0), 0) / 8
  expect(first).toBeLessThan(1032 * 1.12)
  const [key] = keys as [string]
  for (let i = 7; i < key.length; i++) {
    const typo = `${key.slice(0, i)}${key[i] === 'x' ? 'y' : 'x'}${key.slice(i + 1)}`
    expect(isClientKeyWellFormed(typo)).toBe(false)
  }
  expect(isClientKeyWellFormed(`${key}\n`)).toBe(false)
})

describe('the address of a client', () => {
  const from = (peer: string, forwarded: string | undefined, trusted: readonly string[]): string =>
    clientAddress(
      { socket: { remoteAddress: peer }, headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded } } as unknown as IncomingMessage,
      trusted,
    )

  test.each([
    ['203.0.113.9', '1.1.1.1', [], '203.0.113.9'],
    ['203.0.113.9', '1.1.1.1', ['10.0.0.0/8'], '203.0.113.9'],
    ['10.0.0.1', '1.1.1.1', ['10.0.0.0/8'], '1.1.1.1'],
    ['10.0.0.1', '6.6.6.6, 1.1.1.1, 10.0.0.2', ['10.0.0.0/8'], '1.1.1.1'],
    ['::ffff:10.0.0.1', '1.1.1.1', ['10.0.0.0/8'], '1.1.1.1'],
    ['10.0.0.1', '::ffff:1.1.1.1', ['10.0.0.0/8'], '1.1.1.1'],
    ['10.0.0.1', '1.1.1.1:8080', ['10.0.0.0/8'], '1.1.1.1'],
    ['10.0.0.1', '[2001:db8::1]:8080', ['10.0.0.1'], '2001:db8::1'],
    ['10.0.0.1', 'garbage', ['10.0.0.0/8'], '10.0.0.1'],
    ['10.0.0.1', '1.1.1.1, unknown', ['10.0.0.0/8'], '10.0.0.1'],
    ['10.0.0.1', undefined, ['10.0.0.0/8'], '10.0.0.1'],
    ['fd00::1', '1.1.1.1', ['fd00::/8'], '1.1.1.1'],
    ['10.0.0.1', '10.0.0.3', ['10.0.0.0/8'], '10.0.0.3'],
  ])('peer %s, X-Forwarded-For %j, trusted %j: %s', (peer, forwarded, trusted, expected) => expect(from(peer, forwarded, trusted)).toBe(expected))

  test.each([
    ['a direct peer', '127.0.0.1', {}, [], '127.0.0.1'],
    ['what a trusted proxy says', '127.0.0.1', { 'x-forwarded-for': '1.1.1.1' }, ['127.0.0.0/8'], '1.1.1.1'],
    ['nobody, behind a proxy on this machine that nobody declared', '127.0.0.1', { 'x-forwarded-for': '1.1.1.1' }, [], ''],
    ['nobody, even if the header names a private address', '::ffff:10.0.0.1', { 'x-forwarded-for': '127.0.0.1' }, ['10.0.0.2'], ''],
    ['nobody, behind Forwarded', '10.0.0.1', { forwarded: 'for=127.0.0.1' }, [], ''],
    ['nobody, behind X-Real-IP', '10.0.0.1', { 'x-real-ip': '127.0.0.1' }, [], ''],
  ])('where a private one is a permission: %s', (_, peer, headers, trusted, expected) => {
    expect(vouchedAddress({ socket: { remoteAddress: peer }, headers } as unknown as IncomingMessage, trusted)).toBe(expected)
  })

  test.each([
    ['203.0.113.9', '203.0.113.9'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['::1', '0:0:0:0::/64'],
  ])('%s is of the network %s', (address, network) => expect(networkOf(address)).toBe(network))
})
