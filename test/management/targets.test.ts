// SSRF-01: which base URLs may be saved, as a table, at every way in.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { classifyAddress, isAddressAllowed } from '../../src/domain/address.ts'
import type { AddressClass } from '../../src/domain/address.ts'
import { createTargetPolicy } from '../../src/domain/target-policy.ts'
import { openManagement } from './fixture.ts'
import type { Management } from './fixture.ts'

/** Refused unless private networks are allowed. */
const PRIVATE = [
  'http://127.0.0.1',
  'http://127.1',
  'http://127.0.1',
  'http://127.0.0.1.',
  'http://2130706433',
  'http://0x7f000001',
  'http://0x7f.0.0.1',
  'http://0177.0.0.1',
  'http://017700000001',
  'http://0x7f.1',
  'http://127.255.255.254',
  'http://\uff11\uff12\uff17.\uff10.\uff10.\uff11',
  'http://127\u30020\u30020\u30021',
  'http://\u2460\u2461\u2466.0.0.1',
  'http://localhost',
  'http://localhost.',
  'http://LOCALHOST:8080/v1',
  'http://a.localhost',
  'http://printer.local',
  'http://vault.internal',
  'http://db.corp.internal.',
  'http://10.0.0.1',
  'http://10.1',
  'http://167772161',
  'http://172.16.0.1',
  'http://172.31.255.255',
  'http://192.168.1.1',
  'http://192.168.257',
  'http://100.64.0.1',
  'http://198.18.0.1',
  'http://[::1]',
  'http://[0:0:0:0:0:0:0:1]',
  'http://[::ffff:127.0.0.1]',
  'http://[::ffff:7f00:1]',
  'http://[::ffff:10.0.0.1]',
  'http://[::ffff:0:10.0.0.1]',
  'http://[64:ff9b::10.0.0.1]',
  'http://[64:ff9b::7f00:1]',
  'http://[64:ff9b:1::1]',
  'http://[2002:7f00:1::]',
  'http://[2002:c0a8:101::1]',
  'http://[fc00::1]',
  'http://[fd12:3456::1]',
  'http://[2a00:1450::5efe:10.0.0.1]',
] as const

/** Refused always. */
const NEVER = [
  'http://169.254.169.254',
  'http://169.254.169.254/latest/meta-data',
  'http://2852039166',
  'http://0xa9fea9fe',
  'http://0251.0376.0251.0376',
  'http://169.254.43518',
  'http://169.254.170.2',
  'http://169.254.1.1',
  'http://100.100.100.200',
  'http://192.0.0.192',
  'http://168.63.129.16',
  'http://[::ffff:169.254.169.254]',
  'http://[::ffff:a9fe:a9fe]',
  'http://[::169.254.169.254]',
  'http://[64:ff9b::a9fe:a9fe]',
  'http://[64:ff9b:1:a9fe:a9:fe00::]',
  'http://[64:ff9b:1::a9fe:a9fe]',
  'http://[2002:a9fe:a9fe::]',
  'http://[2001:0:a9fe:a9fe::1]',
  'http://[2001:0:808:808::5601:5601]',
  'http://[fe80::5efe:169.254.169.254]',
  'http://[2001:4860::200:5efe:a9fe:a9fe]',
  'http://[::ffff:0:a9fe:a9fe]',
  'http://[fd00:ec2::254]',
  'http://[fd20:ce::254]',
  'http://metadata',
  'http://metadata.google.internal',
  'http://metadata.google.internal.',
  'http://METADATA.google.internal',
  'http://metadata.azure.com',
  'http://instance-data.ec2.internal',
  'http://0.0.0.0',
  'http://0',
  'http://0.1.2.3',
  'http://[::]',
  'http://[::10.0.0.1]',
  'http://224.0.0.1',
  'http://255.255.255.255',
  'http://240.0.0.1',
  'http://192.0.2.1',
  'http://198.51.100.1',
  'http://203.0.113.1',
  'http://[fe80::1]',
  'http://[ff02::1]',
  'http://[fec0::1]',
  'http://[100::1]',
  'http://[2001:db8::1]',
  'http://[3fff::1]',
  'http://[2001::1]',
  'http://[2001:10::1]',
  'http://user@api.example.org',
  'http://api.example.org:80@127.0.0.1',
  'http://@api.example.org',
  'https://api.example.org@evil.test',
  'ftp://api.example.org',
  'file:///etc/passwd',
  'unix:/var/run/docker.sock',
  'gopher://api.example.org',
  'javascript:alert(1)',
  'data:text/plain,x',
  '//api.example.org',
  'api.example.org',
  'http:api.example.org',
  'http:///api.example.org',
  '',
  'http://api.example.org:22',
  'http://api.example.org:25',
  'http://api.example.org:6379',
  'http://api.example.org:3306',
  'http://api.example.org:5432',
  'http://api.example.org:0',
  'http://api.example.org:2375',
  'http://api.example.org?x=1',
  'http://api.example.org/?',
  'http://api.example.org#x',
  'http://api.example.org/..',
  'http://api.example.org/%2e%2e/x',
  'http://api.example.org/a%2fb',
  'http://api.example.org\\@evil.test',
  'http://api.exa\tmple.org',
  'http://api.example.org\r\nX: y',
  ' http://api.example.org',
  'http://[fe80::1%25eth0]',
  'http://256.1.1.1',
  'http://[::1',
  'http://exa mple.org',
  'http://..',
] as const

const ALLOWED = [
  'https://api.openai.com',
  'https://api.openai.com/v1',
  'https://api.openai.com/v1/',
  'http://8.8.8.8',
  'https://api.example.org:8443/base/path',
  'http://[2606:4700::1111]',
  'http://[64:ff9b::808:808]',
  'http://[2002:808:808::1]',
  'http://[::ffff:8.8.8.8]',
  'https://xn--bcher-kva.example',
  'http://172.32.0.1',
  'http://100.128.0.1',
  'http://11.0.0.1',
  'http://ollama:11434',
  'https://my-metadata.example.org',
] as const

describe('SSRF-01: the rule', () => {
  const strict = createTargetPolicy({ allowPrivate: false })
  const open = createTargetPolicy({ allowPrivate: true })

  test('the table has the 60 forms of the row, and more', () => expect(PRIVATE.length + NEVER.length).toBeGreaterThanOrEqual(60))
  test.each(PRIVATE)('%s: only where private networks are allowed', (url) => {
    expect(strict.check(url)).toBeDefined()
    expect(open.check(url)).toBeUndefined()
  })
  test.each(NEVER)('%j: never', (url) => {
    expect(strict.check(url)).toBeDefined()
    expect(open.check(url)).toBeDefined()
  })
  test.each(ALLOWED)('%s: allowed', (url) => expect(strict.check(url)).toBeUndefined())
})

describe('SSRF-01: the classes of addresses, as a connection sees them', () => {
  test.each<[string, AddressClass]>([
    ['1.1.1.1', 'global'],
    ['2606:4700:4700::1111', 'global'],
    ['::ffff:1.1.1.1', 'global'],
    ['64:ff9b::1.1.1.1', 'global'],
    ['127.0.0.1', 'private'],
    ['::1', 'private'],
    ['10.255.255.255', 'private'],
    ['172.15.255.255', 'global'],
    ['172.32.0.0', 'global'],
    ['fdff::1', 'private'],
    ['::ffff:192.168.0.1', 'private'],
    ['::ffff:c0a8:1', 'private'],
    ['169.254.169.254', 'metadata'],
    ['fd00:ec2::254', 'metadata'],
    ['::a9fe:a9fe', 'metadata'],
    ['fe80::1%eth0', 'forbidden'],
    ['0.0.0.0', 'forbidden'],
    ['::', 'forbidden'],
    ['2001:0:4136:e378:8000:63bf:3fff:fdd2', 'forbidden'],
    ['255.255.255.255', 'forbidden'],
    ['', 'invalid'],
    ['1.2.3', 'invalid'],
    ['1.2.3.4.5', 'invalid'],
    ['999.1.1.1', 'invalid'],
    ['::1::', 'invalid'],
    ['12345::', 'invalid'],
    ['1:2:3:4:5:6:7', 'invalid'],
    ['example.org', 'invalid'],
  ])('%s is %s', (address, kind) => {
    expect(classifyAddress(address)).toBe(kind)
    expect(isAddressAllowed(kind, false)).toBe(kind === 'global')
    expect(isAddressAllowed(kind, true)).toBe(kind === 'global' || kind === 'private')
  })
})

describe.each([
  { allowPrivate: false, refused: [...PRIVATE, ...NEVER], accepted: ALLOWED },
  { allowPrivate: true, refused: NEVER, accepted: [...PRIVATE, ...ALLOWED] },
])('SSRF-01: through the API, private networks allowed: $allowPrivate', ({ allowPrivate, refused, accepted }) => {
  let api: Management
  let token: string
  let id: string

  beforeAll(async () => {
    api = await openManagement({ allowPrivate })
    token = await api.tokenOf('operator')
    id = (await api.call('POST', '/upstreams', { token, body: { slug: 'target', base_url: 'https://api.example.org' } })).json.id as string
  })
  afterAll(() => api.close())

  const entries = (url: string, slug: string): readonly [string, string, object][] => [
    ['POST', '/upstreams', { slug, base_url: url }],
    ['POST', '/upstreams', { slug: `${slug}-t`, targets: [{ url: 'https://api.example.org' }, { url }] }],
    ['PATCH', `/upstreams/${id}`, { base_url: url }],
    ['PATCH', `/upstreams/${id}`, { targets: [{ url }] }],
    ['PUT', `/upstreams/${id}`, { slug: 'target', base_url: url }],
  ]

  test('every refused form answers 422 with the field, at create and edit, and nothing is saved', async () => {
    const wrong: string[] = []
    for (const url of refused) {
      for (const [method, path, body] of entries(url, 'never')) {
        const answer = await api.call(method, path, { token, body })
        const field = String(answer.json.errors?.[0]?.path)
        if (answer.status !== 422 || !/^\/(?:base_url|targets\/\d\/url)$/.test(field))
          wrong.push(`${method} ${JSON.stringify(body)}: ${answer.status} ${field}`)
      }
    }
    expect(wrong).toEqual([])
    expect((await api.store.upstreams.list()).map((upstream) => upstream.targets[0]?.url)).toEqual(['https://api.example.org'])
  })

  test('every accepted form is saved', async () => {
    for (const url of accepted) expect(await api.call('PATCH', `/upstreams/${id}`, { token, body: { base_url: url } })).toMatchObject({ status: 200 })
  })
})
