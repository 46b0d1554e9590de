// What the Redis driver looks at when it opens: the URL, the login, the certificate, the rights, the version, the eviction policy, the clock.
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, connect, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { Secret } from '../../src/domain/secret.ts'
import { parseRedisUrl } from '../../src/infrastructure/cache/redis/options.ts'
import type { RedisCache } from '../../src/infrastructure/cache/redis/redis-cache.ts'
import { slotOf } from '../../src/infrastructure/cache/redis/slots.ts'
import { createAuthority, createSelfSigned, type Certificate } from '../support/certificates.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { createTemporaryFolder, findFreePort } from '../support/free-port.ts'
import { openRedisCache, type RedisUnderTest, startRedisUnderTest } from '../support/redis-cache.ts'
import { describeWith } from '../support/servers/required.ts'
import { until } from '../support/until.ts'

const MINUTE = 60_000
const PASSWORD = 'sesame-4711'

describe('a Redis URL', () => {
  const parse = (url: string) => parseRedisUrl(new Secret(url))

  test('has defaults', () => {
    expect(parse('redis://h')).toEqual({
      mode: 'single',
      addresses: [{ host: 'h', port: 6379 }],
      login: { username: undefined, password: undefined },
      isTls: false,
      primaryName: '',
      database: 0,
      keyPrefix: 'akr:',
      caFile: undefined,
      commandTimeoutMs: 50,
      sentinelLogin: { username: undefined, password: undefined },
    })
  })

  test('says everything', () => {
    const options = parse(
      'rediss+sentinel://us%3Aer:p%40ss%2F@h1:1,[::1]:2,h3/my%20primary/5?keyPrefix=x%3A&caFile=/ca.pem&commandTimeoutMs=250&sentinelUsername=s&sentinelPassword=q',
    )
    expect(options).toMatchObject({
      mode: 'sentinel',
      addresses: [
        { host: 'h1', port: 1 },
        { host: '::1', port: 2 },
        { host: 'h3', port: 26379 },
      ],
      isTls: true,
      primaryName: 'my primary',
      database: 5,
      keyPrefix: 'x:',
      caFile: '/ca.pem',
      commandTimeoutMs: 250,
    })
    expect([options.login.username, options.login.password?.reveal()]).toEqual(['us:er', 'p@ss/'])
    expect([options.sentinelLogin.username, options.sentinelLogin.password?.reveal()]).toEqual(['s', 'q'])
    expect(parse('redis://:p@ss@h').login.password?.reveal()).toBe('p@ss')
    expect(parse('redis+cluster://:p@h1:7000,h2:7001/').addresses).toEqual([
      { host: 'h1', port: 7000 },
      { host: 'h2', port: 7001 },
    ])
  })

  const wrong: [string, RegExp][] = [
    [`redis://h?retries=3`, /no option "retries".*keyPrefix, caFile/],
    [`redis://h?commandTimeoutMs=5`, /from 10 to 10000/],
    [`redis://h?commandTimeoutMs=50ms`, /from 10 to 10000/],
    [`redis://:${PASSWORD}@h1,h2`, /several servers.*redis\+sentinel.*redis\+cluster/],
    [`redis://:${PASSWORD}@`, /host that cannot be read/],
    [`redis://:${PASSWORD}@h:99999`, /host that cannot be read/],
    [`redis://:${PASSWORD}#x@h`, /special characters percent-encoded/],
    [`redis://:${PASSWORD}/x@h`, /special characters in a password are percent-encoded/],
    [`redis://:${PASSWORD}%@h`, /password is not percent-encoded/],
    [`redis://${PASSWORD}@h`, /user name but no password/],
    [`redis://:${PASSWORD}@h/one`, /number of the database/],
    [`redis+sentinel://:${PASSWORD}@h`, /what the sentinels call the primary/],
    [`redis+cluster://:${PASSWORD}@h/1`, /only database 0/],
    [`redis://h?sentinelPassword=${PASSWORD}`, /for redis\+sentinel:\/\/ only/],
  ]
  test.each(wrong)('%s is refused with advice, without the password', (url, advice) => {
    let message = ''
    try {
      parse(url)
    } catch (error) {
      expect(error).toMatchObject({ name: 'StartupError', exitCode: 78 })
      message = (error as Error).message
    }
    expect(message).toMatch(advice)
    expect(message).not.toContain(PASSWORD)
  })

  test('slots are those of Redis', () => {
    expect(['123456789', 'foo', '{user1000}.following', 'foo{}{bar}', 'foo{{bar}}zap'].map(slotOf)).toEqual([
      12739,
      12182,
      slotOf('user1000'),
      slotOf('foo{}{bar}'),
      slotOf('{bar'),
    ])
  })
})

describeWith('redis', 'redis at the start', () => {
  const running: RedisUnderTest[] = []
  const start = async (...options: Parameters<typeof startRedisUnderTest>): Promise<RedisUnderTest> => {
    const server = await startRedisUnderTest(...options)
    running.push(server)
    return server
  }
  afterEach(async () => {
    for (const server of running.splice(0)) await server.stop()
  })

  const refusal = async (url: string): Promise<string> => {
    const result = await openRedisCache(url).then(
      ({ cache }) => cache.close().then(() => 'opened'),
      (error: unknown) => error,
    )
    expect(result).toMatchObject({ name: 'StartupError', exitCode: 78 })
    return (result as Error).message
  }

  test('a wrong, a missing and a superfluous password', async () => {
    const server = await start({ password: PASSWORD })
    expect(await refusal(`redis://:wrong@127.0.0.1:${server.port}`)).toMatch(/refuses the password \(WRONGPASS\)/)
    expect(await refusal(`redis://nobody:wrong@127.0.0.1:${server.port}`)).toMatch(/refuses the password \(WRONGPASS\)/)
    expect(await refusal(`redis://127.0.0.1:${server.port}`)).toMatch(/asks for a password \(NOAUTH\)/)
    expect(await refusal(`redis+sentinel://:${PASSWORD}@127.0.0.1:${server.port}/m`)).toMatch(/sentinels that refuse.*sentinelPassword/)
    const { cache } = await openRedisCache(server.url)
    expect(await cache.increment('n', MINUTE)).toBe(1)
    await cache.close()
  })

  test('a database that does not exist', async () => {
    const server = await start({ config: { databases: '4' } })
    expect(await refusal(`${server.url}/4`)).toMatch(/does not have the database/)
    expect(await refusal(server.url.replace('redis:', 'redis+cluster:'))).toMatch(/no Redis Cluster/)
  })

  test('an eviction policy that throws away what must be kept', async () => {
    const server = await start()
    for (const policy of ['allkeys-lru', 'allkeys-lfu', 'allkeys-random']) {
      await server.observer.config('SET', 'maxmemory-policy', policy)
      expect(await refusal(server.url)).toMatch(new RegExp(`maxmemory-policy ${policy}.*Set maxmemory-policy to noeviction`))
    }
    await server.observer.config('SET', 'maxmemory-policy', 'volatile-ttl')
    const { cache, logger } = await openRedisCache(server.url)
    expect(logger.entries).toMatchObject([{ level: 'warn', event: 'cache.warning', message: expect.stringMatching(/volatile-ttl.*noeviction/) }])
    // Found only later: said loudly, and running goes on.
    await server.observer.config('SET', 'maxmemory-policy', 'allkeys-lru')
    await server.observer.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
    await until(() => logger.events.includes('cache.unsuitable'))
    expect(logger.entries.find(({ event }) => event === 'cache.unsuitable')).toMatchObject({ level: 'error', message: expect.stringContaining('allkeys-lru') })
    await until(() => cache.increment('n', MINUTE).then(Boolean, () => false))
    await cache.close()
  })

  test('a clock that is more than 30 s off', async () => {
    const server = await start()
    for (const [skewMs, warnings] of [
      [25_000, 0],
      [40_000, 1],
      [-40_000, 1],
    ] as const) {
      const { cache, logger } = await openRedisCache(server.url, new FakeClock(Date.now() + skewMs))
      expect(logger.entries.filter(({ message }) => /clock that differs from this machine's by \d\d s/.test(message))).toHaveLength(warnings)
      await cache.close()
    }
  })

  test('a server that is too old', async () => {
    const server = await start()
    // The real server under another number: what counts is what it says of itself.
    const between = createServer((caller) => {
      const upstream = connect(server.port, '127.0.0.1')
      for (const socket of [caller, upstream]) socket.on('error', () => {})
      caller.pipe(upstream)
      upstream.on('data', (chunk) => caller.write(Buffer.from(chunk.toString('latin1').replace(/redis_version:\d\.\d/, 'redis_version:6.0'), 'latin1')))
      caller.on('close', () => upstream.destroy())
      upstream.on('close', () => caller.destroy())
    })
    await new Promise<void>((resolve) => between.listen(0, '127.0.0.1', resolve))
    expect(await refusal(`redis://127.0.0.1:${(between.address() as AddressInfo).port}`)).toMatch(/version 6\.0\.\d+, which is too old. Use Redis 6\.2/)
    between.close()
  })

  describe('TLS', () => {
    const folder = createTemporaryFolder('akr-redis-tls')
    const authority = createAuthority()
    const file = (name: string, text: string): string => {
      writeFileSync(join(folder.path, name), text, { mode: 0o644 })
      return join(folder.path, name)
    }
    const startTls = async (certificate: Certificate): Promise<number> => {
      const port = await findFreePort()
      const [cert, key] = [file(`${port}.crt`, certificate.cert), file(`${port}.key`, certificate.key)]
      await start({ config: { 'tls-port': String(port), 'tls-cert-file': cert, 'tls-key-file': key, 'tls-auth-clients': 'no' } })
      return port
    }
    let caFile = ''
    beforeAll(() => {
      chmodSync(folder.path, 0o755)
      caFile = encodeURIComponent(file('ca.pem', authority.cert))
    })
    afterAll(() => folder.remove())

    test('works with an authority of one’s own, and survives a loss', async () => {
      const port = await startTls(authority.issue({ commonName: 'redis', addresses: ['127.0.0.1'], dnsNames: ['localhost'] }))
      for (const host of ['127.0.0.1', 'localhost']) {
        const { cache } = await openRedisCache(`rediss://${host}:${port}?caFile=${caFile}`)
        const numbers = await Promise.all(Array.from({ length: 100 }, () => cache.increment(host, MINUTE)))
        expect(numbers).toEqual(Array.from({ length: 100 }, (_, i) => i + 1))
        await running.at(-1)?.observer.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
        await until(() => cache.increment(host, MINUTE).then(Boolean, () => false))
        await cache.close()
      }
      expect(await refusal(`rediss://127.0.0.1:${port}`)).toMatch(/certificate that is not trusted/)
    })

    test('refuses a certificate for another name, a self-signed one, and one that is over', async () => {
      const others = [
        authority.issue({ commonName: 'redis', dnsNames: ['elsewhere.example'] }),
        createSelfSigned({ commonName: 'redis', addresses: ['127.0.0.1'] }),
        authority.issue({ commonName: 'redis', addresses: ['127.0.0.1'], notAfter: new Date(Date.now() - 1_000) }),
      ]
      for (const certificate of others) {
        expect(await refusal(`rediss://127.0.0.1:${await startTls(certificate)}?caFile=${caFile}`)).toMatch(/certificate that is not trusted/)
      }
    })

    test('files that cannot be read, and TLS options without TLS', async () => {
      expect(await refusal('rediss://127.0.0.1:1?caFile=/nowhere/ca.pem')).toMatch(/\/nowhere\/ca.pem, cannot be read \(ENOENT\)/)
      expect(await refusal(`redis://127.0.0.1:1?caFile=${caFile}`)).toMatch(/caFile is for TLS/)
    })
  })

  describe('a user with the rights of docs/redis.md', () => {
    let server: RedisUnderTest
    let cache: RedisCache
    const line = /^ACL SETUSER (.*)$/m.exec(readFileSync('docs/redis.md', 'utf8'))?.[1] ?? ''

    beforeAll(async () => {
      server = await startRedisUnderTest()
      await server.observer.acl('SETUSER', ...(line.replace('<password>', PASSWORD).split(' ') as [string]))
      const opened = await openRedisCache(`redis://akr:${PASSWORD}@127.0.0.1:${server.port}`)
      cache = opened.cache
      expect(opened.logger.entries).toEqual([])
    })
    afterAll(async () => {
      await cache.close()
      await server.stop()
    })

    test('may do everything that is needed', async () => {
      expect([await cache.increment('n', MINUTE), await cache.increment('n', MINUTE)]).toEqual([1, 2])
      await cache.set('a', '1', MINUTE)
      expect(await cache.getMany(['a', 'n'])).toEqual(['1', '2'])
      const claim = {
        id: 'c1',
        windows: [5, 1_000_000].map((max) => ({ key: `{k}r${max}`, max, windowMs: MINUTE })),
        slots: [{ key: '{k}s', max: 2, leaseMs: MINUTE }],
      }
      expect(await cache.claim(claim)).toMatchObject({ isGranted: true })
      await cache.renew([claim])
      await cache.release([claim])
      await cache.count([{ claim, ageMs: 10 }])
      await cache.delete('a')
      await cache.ping()
      const heard: string[] = []
      const end = cache.subscribe(
        'news',
        (message) => heard.push(message),
        () => {},
      )
      await until(async () => {
        await cache.publish('news', 'x')
        return heard.length > 0
      })
      end()
      await server.observer.config('SET', 'maxmemory-policy', 'allkeys-lru')
      expect(await refusal(`redis://akr:${PASSWORD}@127.0.0.1:${server.port}`)).toMatch(/allkeys-lru/)
      await server.observer.config('SET', 'maxmemory-policy', 'noeviction')
    })

    test('may do nothing else: other keys, other channels, other commands', async () => {
      for (const command of [['get', 'other'], ['publish', 'other', 'x'], ['flushall'], ['keys', '*'], ['config', 'set', 'maxmemory', '0'], ['acl', 'list']]) {
        expect(await server.observer.call('ACL', 'DRYRUN', 'akr', ...command)).toMatch(/no permissions/)
      }
    })

    test('without the right to look at the configuration it starts all the same', async () => {
      await server.observer.acl('SETUSER', 'akr', '-config|get', '-info')
      const { cache: other, logger } = await openRedisCache(`redis://akr:${PASSWORD}@127.0.0.1:${server.port}`)
      expect(await other.increment('m', MINUTE)).toBe(1)
      expect(logger.entries).toEqual([])
      await other.close()
    })

    test('without the right to run scripts it does not', async () => {
      await server.observer.acl('SETUSER', 'akr', '-eval')
      expect(await refusal(`redis://akr:${PASSWORD}@127.0.0.1:${server.port}`)).toMatch(/does not allow the user.*docs\/redis.md/)
    })
  })
})
