import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { loadConfig, type ConfigDefaults } from '../../src/config/load-config.ts'
import { loadDotEnv } from '../../src/config/dot-env.ts'
import type { Config } from '../../src/config.ts'
import { StartupError } from '../../src/errors.ts'
import { limits } from '../../src/limits.ts'
import { secretsFile } from '../../src/infrastructure/secrets-file.ts'

const root = mkdtempSync(join(tmpdir(), 'akr-config-'))
afterAll(() => rmSync(root, { recursive: true }))

function random(): string {
  return randomBytes(32).toString('base64url')
}

function load(env: Record<string, string>, dataDir = mkdtempSync(join(root, 'data-')), defaults: ConfigDefaults = {}): Config {
  return loadConfig(env, {
    build: 'lightweight',
    version: '1.2.3',
    defaultDataDir: dataDir,
    defaults,
    workingDir: root,
    terminal: false,
    readFile: (path) => readFileSync(path, 'utf8'),
    secretsFile,
    generateSecret: random,
  })
}

function problemsOf(env: Record<string, string>, defaults: ConfigDefaults = {}): string {
  try {
    load(env, undefined, defaults)
  } catch (error) {
    expect(error).toBeInstanceOf(StartupError)
    expect((error as StartupError).exitCode).toBe(78)
    return (error as Error).message
  }
  throw new Error('the configuration was accepted')
}

describe('defaults', () => {
  test('with nothing set everything has a value, secrets are generated once and the configuration is frozen', () => {
    const dataDir = join(root, 'fresh', 'data')
    const config = load({}, dataDir)
    expect(config.listen).toEqual({ host: '0.0.0.0', port: 8000 })
    expect(config.databaseUrl.reveal()).toBe(`sqlite:${join(dataDir, 'core.db')}`)
    expect(config.cacheUrl.reveal()).toBe('memory:')
    expect(config.secrets.generated).toEqual(['JWT_SECRET', 'ENCRYPTION_KEY', 'CLIENT_KEY_PEPPER'])
    expect(config.secrets.file).toBe(join(dataDir, 'secrets.json'))
    expect(statSync(join(dataDir, 'secrets.json')).mode & 0o777).toBe(0o600)
    expect(new Set([config.secrets.jwt, config.secrets.encryption, config.secrets.pepper].map((secret) => secret.reveal())).size).toBe(3)
    expect(config.timeouts).toEqual({ connectMs: 5000, llmFirstByteMs: 300_000, proxyFirstByteMs: 60_000, idleMs: 120_000, totalMs: 3_600_000 })
    expect(config.maxAttempts).toBe(limits.attemptsDefault)
    expect(config.warnings).toEqual([])
    expect(() => Object.assign(config.timeouts, { idleMs: 1 })).toThrow(TypeError)

    const again = load({}, dataDir)
    expect(again.secrets.generated).toEqual([])
    expect(again.secrets.file).toBeUndefined()
    expect(again.secrets.encryption.reveal()).toBe(config.secrets.encryption.reveal())
  })

  test('empty strings count as unset', () => {
    const config = load({ BACKEND_PORT: '', REDIS_URL: '', DB_HOST: ' ', ADMIN_PASSWORD: '', GLOBAL_PROXY_KEYS: '' })
    expect(config.listen.port).toBe(8000)
    expect(config.cacheUrl.reveal()).toBe('memory:')
    expect(config.databaseUrl.reveal()).toMatch(/^sqlite:/)
    expect(config.adminPassword).toBeUndefined()
  })
})

test('a first admin that management would refuse is a problem of the configuration', () => {
  expect(problemsOf({ ADMIN_USERNAME: 'x y' })).toMatch(/- ADMIN_USERNAME must be/)
  expect(problemsOf({ ADMIN_USERNAME: 'annabella', ADMIN_PASSWORD: 'Annabella-2026-tram' })).toMatch(
    /- ADMIN_PASSWORD must not contain the user name\. Choose another/,
  )
  expect(problemsOf({ ADMIN_PASSWORD: 'aB3$'.repeat(40) + 'x' })).toMatch(/- ADMIN_PASSWORD must have at most 128/)
})

test('every variable arrives in the configuration', () => {
  const config = load({
    PORT: '9000', HOST: '127.0.0.1', ADMIN_PORT: '9001', ADMIN_HOST: '127.0.0.2', LOG_LEVEL: 'WARNING', LOG_FORMAT: 'pretty', DATA_DIR: 'here',
    ADMIN_USERNAME: 'anna', ADMIN_PASSWORD: 'violet-Tram-4711', GLOBAL_PROXY_KEYS: 'kx92-team-a, kx93-team-b\nkx92-team-a', OPENAI_API_KEYS: 'sk-a,sk-b',
    GEMINI_API_KEYS: 'AIza1', DEMO_MODE: 'false', PROXY_PUBLIC_BASE_URL: 'https://gw.example.net/', ALLOW_PRIVATE_UPSTREAMS: 'no', DNS_SERVERS: '10.0.0.2, ::1, 10.0.0.3:5353',
    TRUST_PROXY: '10.0.0.0/8,192.0.2.1,loopback', PROXY_TIMEOUT: '12.5', CONNECT_TIMEOUT: '2', STREAM_IDLE_TIMEOUT: '3s', STREAM_MAX_DURATION: '60', MAX_RETRIES: '0',
    MAX_BODY_BYTES: '2MiB', MAX_CONCURRENT_REQUESTS: '7', METRICS_ENABLED: 'off', METRICS_TOKEN: 'f3b1c9d7e5a24680', EXPOSE_KEY_HINT: '1', SHUTDOWN_GRACE: '0', SHUTDOWN_ANNOUNCE: '1',
  }) // prettier-ignore
  expect(config).toMatchObject({
    listen: { host: '127.0.0.1', port: 9000 },
    adminListen: { host: '127.0.0.2', port: 9001 },
    logLevel: 'warn',
    logFormat: 'pretty',
    dataDir: join(root, 'here'),
    adminUsername: 'anna',
    demoMode: 'off',
    publicBaseUrl: 'https://gw.example.net',
    allowPrivateUpstreams: false,
    dnsServers: ['10.0.0.2:53', '[::1]:53', '10.0.0.3:5353'],
    trustProxy: ['10.0.0.0/8', '192.0.2.1/32', '127.0.0.0/8', '::1/128'],
    timeouts: { connectMs: 2000, llmFirstByteMs: 12_500, proxyFirstByteMs: 12_500, idleMs: 3000, totalMs: 60_000 },
    maxAttempts: 1,
    llmBodyBytesMax: 2 * 1024 * 1024,
    proxyBodyBytesMax: 2 * 1024 * 1024,
    exchangesMax: 7,
    metricsEnabled: false,
    exposeKeyHint: true,
    shutdown: { requestsMs: 0, announceMs: 1000 },
  })
  expect(config.adminPassword?.reveal()).toBe('violet-Tram-4711')
  expect(config.globalClientKeys.map((key) => key.reveal())).toEqual(['kx92-team-a', 'kx93-team-b'])
  expect(config.seedUpstreams.map(({ adapter, keys }) => [adapter, keys.map((key) => key.reveal())])).toEqual([
    ['openai', ['sk-a', 'sk-b']],
    ['gemini', ['AIza1']],
  ])
  expect(config.metricsToken?.reveal()).toBe('f3b1c9d7e5a24680')
  expect(JSON.stringify(config)).not.toMatch(/violet|kx92|sk-a|f3b1/)
})

test('rate limits and origins: off by default, complete when they are on', () => {
  expect(load({})).toMatchObject({ rateLimits: { addressPerSecond: undefined, globalPerSecond: undefined }, cors: undefined })
  expect(load({ RATE_LIMIT_ENABLED: 'true' }).rateLimits).toEqual({ addressPerSecond: 100, globalPerSecond: undefined })
  expect(load({ RATE_LIMIT_ENABLED: '1', RATE_LIMIT_PER_IP: '7', RATE_LIMIT_GLOBAL: '9' }).rateLimits).toEqual({ addressPerSecond: 7, globalPerSecond: 9 })
  const idle = load({ RATE_LIMIT_PER_IP: '7', CORS_CREDENTIALS: 'true' })
  expect(idle.rateLimits.addressPerSecond).toBeUndefined()
  expect(idle.warnings.join()).toMatch(/RATE_LIMIT_PER_IP has no effect.*CORS_CREDENTIALS has no effect/)
  expect(
    load({ CORS_ORIGINS: 'https://App.example.com/, https://b.example.com:443, http://localhost:5173,tauri://localhost', CORS_CREDENTIALS: 'yes' }).cors,
  ).toEqual({
    origins: ['https://app.example.com', 'https://b.example.com', 'http://localhost:5173', 'tauri://localhost'],
    allowsCredentials: true,
  })
  expect(load({ CORS_ORIGINS: '*' }).cors).toEqual({ origins: ['*'], allowsCredentials: false })
  expect(problemsOf({ CORS_ORIGINS: '*', CORS_CREDENTIALS: 'true' })).toMatch(/CORS_ORIGINS is \* and CORS_CREDENTIALS is true.*Name the origins/)
  for (const wrong of ['app.example.com', 'https://app.example.com/path', 'https://u@app.example.com', 'null', 'https://*.example.com'])
    expect(problemsOf({ CORS_ORIGINS: wrong })).toMatch(/- CORS_ORIGINS contains/)
  expect(problemsOf({ RATE_LIMIT_PER_IP: '0', RATE_LIMIT_GLOBAL: 'x', RATE_LIMIT_ENABLED: 'perhaps' })).toMatch(
    /RATE_LIMIT_ENABLED[^]*RATE_LIMIT_PER_IP[^]*RATE_LIMIT_GLOBAL/,
  )
})

test('all problems are reported at once, each with its variable, what is wrong and what to write; nothing is stored', () => {
  const dataDir = mkdtempSync(join(root, 'data-'))
  const env = {
    BACKEND_PORT: 'abc', LOG_LEVEL: 'loud', PROXY_TIMEOUT: '-1', MAX_RETRIES: '1.5', METRICS_ENABLED: 'maybe', TRUST_PROXY: '0.0.0.0/0', DNS_SERVERS: 'dns.example.net',
    PROXY_PUBLIC_BASE_URL: 'gw.example.net', DATABASE_URL: 'oracle://u:geheim@h/x', JWT_SECRET: 'your-secret-key', ADMIN_PASSWORD_FILE: join(dataDir, 'nowhere'), MAX_BODY_BYTES: '12 parsecs',
    GLOBAL_PROXY_KEYS: 'good-key-8812,bad key', CACHE_URL: 'memcached://x', DB_TYPE: 'oracle',
  } // prettier-ignore
  let message = ''
  try {
    load(env, dataDir)
  } catch (error) {
    message = (error as Error).message
  }
  for (const name of Object.keys(env)) expect(message).toContain(name)
  expect(message).toMatch(/BACKEND_PORT is "abc"\. Write a port number from 0 to 65535\./)
  expect(message).toMatch(/15 problems/)
  expect(message).not.toMatch(/geheim|good-key|bad key/)
  expect(() => statSync(join(dataDir, 'secrets.json'))).toThrow('ENOENT')
})

describe('secrets from files', () => {
  test('NAME_FILE is read and trimmed, NAME wins, lists may use line breaks', () => {
    const file = join(root, 'keys.txt')
    writeFileSync(file, 'kx92-team-a\nkx93-team-b\n')
    const password = join(root, 'password.txt')
    writeFileSync(password, 'violet-Tram-4711\n')
    const config = load({ GLOBAL_PROXY_KEYS_FILE: file, ADMIN_PASSWORD_FILE: password })
    expect(config.globalClientKeys.map((key) => key.reveal())).toEqual(['kx92-team-a', 'kx93-team-b'])
    expect(config.adminPassword?.reveal()).toBe('violet-Tram-4711')
    expect(load({ ADMIN_PASSWORD_FILE: password, ADMIN_PASSWORD: 'amber-Tram-4711' }).adminPassword?.reveal()).toBe('amber-Tram-4711')
  })

  test('an empty file is a problem, not an empty secret', () => {
    const file = join(root, 'empty.txt')
    writeFileSync(file, '\n')
    expect(problemsOf({ JWT_SECRET_FILE: file })).toMatch(/JWT_SECRET_FILE names .*empty/)
  })
})

describe('SEC-04 weak start: no weak, short, monotonous or shared secret is accepted, and none is printed', () => {
  const source = readFileSync(new URL('../../src/domain/weak-secret.ts', import.meta.url), 'utf8')
  const known = (source.split('`')[1] as string).trim().split(/\s+/)
  const names = ['JWT_SECRET', 'ENCRYPTION_KEY', 'CLIENT_KEY_PEPPER', 'ADMIN_PASSWORD', 'GLOBAL_PROXY_KEYS', 'METRICS_TOKEN']

  test(`${known.length} well-known values, at every secret`, () => {
    expect(known.length).toBeGreaterThanOrEqual(200)
    for (const must of ['your-secret-key', 'admin123', '123456', 'changeme', 'your-global-proxy-key', 'sk-1234', 'edd1c9f034335f136f87ad84b625c8f1'])
      expect(known).toContain(must)
    for (const name of names) {
      for (const value of known) {
        for (const variant of [value, value.toUpperCase(), value.replaceAll('-', '_')]) {
          const message = problemsOf({ [name]: variant })
          expect(message).toMatch(new RegExp(`- ${name}\\b.* is a well-known example or default value`))
        }
      }
    }
  })

  test('short, repeated, sequential and monotonous values', () => {
    for (const value of [
      'kX9_4f',
      'abcabcabcabcabcabcabcabcabcabcabcabc',
      'abcdefghijklmnopqrstuvwxyz0123456789',
      'aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbbbb',
      'x'.repeat(64),
    ]) {
      for (const name of names) {
        const message = problemsOf({ [name]: value })
        expect(message).toContain(name)
        expect(message).not.toContain(value)
      }
    }
  })

  test('one value for two secrets', () => {
    const value = random()
    for (const [a, b] of [
      ['JWT_SECRET', 'ENCRYPTION_KEY'],
      ['JWT_SECRET', 'CLIENT_KEY_PEPPER'],
      ['ENCRYPTION_KEY', 'CLIENT_KEY_PEPPER'],
    ] as const) {
      const message = problemsOf({ [a]: value, [b]: value })
      expect(message).toContain(`${a} and ${b} have the same value`)
      expect(message).not.toContain(value)
    }
  })

  test('a build whose processes share secrets does not invent them', () => {
    expect(problemsOf({}, { secretsMustBeGiven: true })).toMatch(/JWT_SECRET is not set.*\n.*ENCRYPTION_KEY is not set.*\n.*CLIENT_KEY_PEPPER is not set/)
  })

  test('random values are never refused', () => {
    for (let i = 0; i < 300; i++) {
      load(
        {
          JWT_SECRET: random(),
          ENCRYPTION_KEY: randomBytes(32).toString('hex'),
          CLIENT_KEY_PEPPER: randomBytes(24).toString('base64'),
          GLOBAL_PROXY_KEYS: randomBytes(6).toString('base64url'),
        },
        root,
      )
    }
  })
})

describe("the original's database and cache names", () => {
  const cases: [Record<string, string>, string, string][] = [
    [{ DB_TYPE: 'mysql' }, 'mysql://localhost:3306/api_key_rotator', 'memory:'],
    [{ DB_HOST: 'db', DB_USER: 'akr', DB_PASSWORD: 'p@ss/w', DB_NAME: 'n' }, 'mysql://akr:p%40ss%2Fw@db:3306/n', 'memory:'],
    [{ MYSQL_HOST: 'db' }, 'mysql://db:3306/api_key_rotator', 'memory:'],
    [{ DB_TYPE: 'postgres', DB_HOST: 'db', DB_SSL: 'true', DB_POOL_MAX: '9' }, 'postgres://db:5432/api_key_rotator?ssl=true&poolMax=9', 'memory:'],
    [{ DATABASE_URL: 'akr:p@ss:w@tcp(db:3307)/keys?charset=utf8mb4' }, 'mysql://akr:p%40ss%3Aw@db:3307/keys', 'memory:'],
    [{ DATABASE_URL: 'mysql://akr:pw@tcp(db)/keys?parseTime=True' }, 'mysql://akr:pw@db/keys', 'memory:'],
    [{ DATABASE_URL: 'postgresql://u:p@h/n' }, 'postgres://u:p@h/n', 'memory:'],
    [{ DATABASE_PATH: 'x/core.db' }, `sqlite:${join(root, 'x/core.db')}`, 'memory:'],
    [{ DATABASE_URL: 'sqlite:./core.db?mode=rw' }, `sqlite:${join(root, 'core.db')}?mode=rw`, 'memory:'],
    [{ DATABASE_URL: 'sqlite:///abs/core.db' }, 'sqlite:/abs/core.db', 'memory:'],
    [{ DATABASE_URL: 'sqlite::memory:' }, 'sqlite::memory:', 'memory:'],
    [{ DB_TYPE: 'sqlite', DB_HOST: 'db', DATABASE_PATH: '/d/a.db' }, 'sqlite:/d/a.db', 'memory:'],
    [{ DATABASE_PATH: '/d/a.db', REDIS_HOST: 'r' }, 'sqlite:/d/a.db', 'redis://r:6379/0'],
    [
      { DATABASE_PATH: '/d/a.db', CACHE_TYPE: 'redis', REDIS_PASSWORD: 'p:w', REDIS_DB: '3', REDIS_TLS: 'yes', REDIS_PORT: '1' },
      'sqlite:/d/a.db',
      'rediss://:p%3Aw@localhost:1/3',
    ],
    [{ DATABASE_PATH: '/d/a.db', REDIS_URL: 'redis://r:1/2' }, 'sqlite:/d/a.db', 'redis://r:1/2'],
    [{ DATABASE_PATH: '/d/a.db', REDIS_URL: 'redis://r:1/2', CACHE_TYPE: 'memory' }, 'sqlite:/d/a.db', 'memory:'],
    [{ DATABASE_PATH: '/d/a.db', CACHE_URL: 'memory:?entriesMax=10' }, 'sqlite:/d/a.db', 'memory:?entriesMax=10'],
    [
      { DATABASE_PATH: '/d/a.db', REDIS_SENTINELS: 's1:26379, s2', REDIS_PASSWORD: 'p', REDIS_DB: '2', REDIS_SENTINEL_PASSWORD: 'q/' },
      'sqlite:/d/a.db',
      'redis+sentinel://:p@s1:26379,s2/mymaster/2?sentinelPassword=q%2F',
    ],
    [
      { DATABASE_PATH: '/d/a.db', REDIS_CLUSTER_NODES: 'n1:7000,n2:7001', REDIS_TLS: 'yes', REDIS_TLS_CA_FILE: '/ca.pem' },
      'sqlite:/d/a.db',
      'rediss+cluster://n1:7000,n2:7001/0?caFile=%2Fca.pem',
    ],
    [{ DATABASE_PATH: '/d/a.db', CACHE_URL: 'rediss+cluster://n1:7000,n2:7001' }, 'sqlite:/d/a.db', 'rediss+cluster://n1:7000,n2:7001'],
    [{ DATABASE_PATH: '/d/a.db', REDIS_PORT: 'tcp://10.1.2.3:6379' }, 'sqlite:/d/a.db', 'memory:'],
  ]
  test.each(cases)('%j', (env, databaseUrl, cacheUrl) => {
    const config = load(env)
    expect(config.databaseUrl.reveal()).toBe(databaseUrl)
    expect(config.cacheUrl.reveal()).toBe(cacheUrl)
  })

  test('contradictions are problems', () => {
    expect(problemsOf({ DB_TYPE: 'sqlite', DATABASE_URL: 'mysql://h/n' })).toMatch(/DB_TYPE is "sqlite", but DATABASE_URL is a mysql URL/)
    expect(problemsOf({ CACHE_TYPE: 'memory', CACHE_URL: 'redis://h' })).toMatch(/CACHE_TYPE is "memory", but CACHE_URL is a redis URL/)
    expect(problemsOf({ CACHE_TYPE: 'memory', CACHE_URL: 'redis+sentinel://h1,h2/m' })).toMatch(/CACHE_TYPE is "memory", but CACHE_URL is a redis URL/)
    expect(problemsOf({ CACHE_URL: 'memory+cluster://h1,h2' })).toMatch(/CACHE_URL is not a URL that is known/)
    expect(problemsOf({ REDIS_SENTINELS: 's1', REDIS_CLUSTER_NODES: 'n1' })).toMatch(/REDIS_SENTINELS and REDIS_CLUSTER_NODES are both set/)
    expect(problemsOf({ ADMIN_PORT: '8000' })).toMatch(/ADMIN_PORT and BACKEND_PORT are the same/)
  })
})

test('misspelt and foreign names are warned about with a suggestion, ordinary ones are not', () => {
  const { warnings } = load({
    BACKEND_PROT: '1', LOGLEVEL: 'info', OPENAI_API_KEY: 'sk-x', DB_FLAVOUR: 'x', PROXY_TIMOUT: '3', RESET_DB_TABLES: 'true', ADMIN_PASWORD: 'geheim',
    REDIS_PORT_6379_TCP: 'tcp://x', REDIS_SERVICE_HOST: 'x', PATH: '/bin', HOME: '/', HOSTNAME: 'x', NODE_ENV: 'production', TZ: 'UTC', MYSQL_ROOT_PASSWORD: 'x', REDIS_EMPTY: '',
  }) // prettier-ignore
  expect(warnings.map((warning) => warning.split(' ')[0])).toEqual([
    'BACKEND_PROT',
    'LOGLEVEL',
    'OPENAI_API_KEY',
    'DB_FLAVOUR',
    'PROXY_TIMOUT',
    'RESET_DB_TABLES',
    'ADMIN_PASWORD',
  ])
  expect(warnings[0]).toContain('Did you mean BACKEND_PORT?')
  expect(warnings[4]).toContain('Did you mean PROXY_TIMEOUT?')
  expect(warnings.join()).not.toContain('geheim')
})

test('.env fills in what the environment leaves out or leaves empty', () => {
  const path = join(root, '.env')
  writeFileSync(path, '# comment\nBACKEND_PORT=9100\nHOST="127.0.0.1"\nLOG_LEVEL=debug\n')
  const readFile = (file: string): string => readFileSync(file, 'utf8')
  expect(loadDotEnv(path, { BACKEND_PORT: '9200', HOST: '' }, readFile)).toEqual({ BACKEND_PORT: '9200', HOST: '127.0.0.1', LOG_LEVEL: 'debug' })
  const env = { A: '1' }
  expect(loadDotEnv(join(root, 'no.env'), env, readFile)).toBe(env)
})
