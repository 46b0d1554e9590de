// The floors of the house and the shape of its rooms. A file that breaks a rule is named in the failure.
import { describe, expect, test } from '@jest/globals'
import { listFolder, readSources, type Source } from './support/sources.ts'

const LINES_MAX = 200
const FUNCTION_LINES_MAX = 70

/** Which rooms a room may import from, besides itself. A file directly in src/ is a room of its own. */
const FLOORS: Readonly<Record<string, readonly string[]>> = {
  version: [],
  limits: [],
  errors: [],
  domain: ['limits', 'errors'],
  ports: ['domain', 'errors'],
  adapters: ['domain', 'errors', 'limits'],
  services: ['ports', 'domain', 'errors', 'limits'],
  proxy: ['adapters/adapter', 'services', 'ports', 'domain', 'errors', 'limits'],
  infrastructure: ['ports', 'domain', 'errors', 'limits'],
  config: ['adapters/index', 'ports', 'domain', 'errors', 'limits'],
  demo: ['domain'],
  http: ['adapters/index', 'proxy', 'services', 'ports', 'domain', 'errors', 'limits'],
  app: ['http', 'proxy', 'services', 'errors'],
  wiring: ['app', 'http', 'proxy', 'services', 'adapters', 'infrastructure', 'config', 'demo', 'ports', 'domain', 'errors', 'limits'],
  compose: ['wiring', 'infrastructure', 'config', 'demo', 'ports', 'errors'],
  drain: ['wiring', 'proxy', 'limits'],
  announce: ['compose', 'config'],
  workers: ['config', 'infrastructure', 'ports', 'domain', 'limits'],
  shutdown: ['compose', 'config', 'drain', 'infrastructure', 'limits', 'workers'],
  serve: ['announce', 'build', 'compose', 'config', 'errors', 'http', 'infrastructure', 'shutdown', 'workers'],
  build: ['compose', 'config', 'infrastructure'],
  run: ['build', 'config', 'errors', 'infrastructure', 'serve', 'workers'],
  cli: ['build', 'run', 'config', 'http', 'services', 'ports', 'infrastructure', 'domain', 'errors', 'limits'],
}

/** Who may import a package. Types vanish, so `import type` is free unless the package is marked. */
const PACKAGES: Readonly<Record<string, RegExp>> = {
  '@node-rs/argon2': /^src\/infrastructure\/crypto\/password-hasher\.ts$/,
  '@opentelemetry/api': /^src\/infrastructure\/tracing\//,
  '@opentelemetry/exporter-trace-otlp-proto': /^src\/infrastructure\/tracing\/open-tracing\.ts$/,
  '@opentelemetry/resources': /^src\/infrastructure\/tracing\/open-tracing\.ts$/,
  bullmq: /^src\/infrastructure\/jobs\/bullmq\/[\w-]+\.ts$/,
  'better-sqlite3': /^src\/infrastructure\/database\/sqlite\/worker\.ts$/,
  commander: /^src\/cli\//,
  express: /^src\/(http\/|app\.ts$)/,
  'http-proxy-middleware': /^src\/proxy\/plain\.ts$/,
  ioredis: /^src\/infrastructure\/(?:cache\/redis|jobs\/bullmq)\/[\w-]+\.ts$/,
  jose: /^src\/infrastructure\/crypto\/token-signer\.ts$/,
  kysely: /^src\/infrastructure\/database\//,
  'lru-cache': /^src\/infrastructure\/cache\/memory\/memory-cache\.ts$/,
  mysql2: /^src\/infrastructure\/database\/mysql\/[\w-]+\.ts$/,
  pg: /^src\/infrastructure\/database\/postgres\/[\w-]+\.ts$/,
  'prom-client': /^src\/infrastructure\/metrics\/open-metrics\.ts$/,
  'reflect-metadata': /^src\/compose\.ts$/,
  sirv: /^src\/http\/web-ui\.ts$/,
  tsyringe: /^src\/compose\.ts$/,
  undici: /^src\/proxy\/attempt\.ts$/,
  ws: /^src\/http\/live\/web-socket-server\.ts$/,
  winston: /^src\/infrastructure\/logging\/winston-logger\.ts$/,
  zod: /^src\/http\//,
}

/** Rooms without any package, and without Node's own modules but for these. */
const PURE: Readonly<Record<string, readonly string[]>> = { limits: [], errors: [], domain: ['node:util'], ports: [], adapters: [], services: [] }

/** Longer than LINES_MAX, each with its reason. */
const LONG_FILES: Readonly<Record<string, string>> = {
  'src/limits.ts': 'every bound of the product in one table',
  'src/proxy/exchange.ts': 'the phases of one exchange, read from top to bottom',
  'src/proxy/vendor-answer.ts': 'all that can happen to one answer, in whatever order it comes',
  'src/services/key-pool.ts': 'all state changes of a pool, which must be read together to be seen atomic',
}

/** Tables that happen to be functions: one route after the other, nothing to take out. */
const ROUTE_TABLES = /^src\/http\/management\/\w+(-\w+)*-routes\.ts create\w+Routes$/

/** The wire dialects that clients speak carry vendors' names; here the core may tell them apart. */
const DIALECT_NAMES = ['openai', 'anthropic', 'gemini']
const DIALECT_FILES: Readonly<Record<string, string>> = {
  'src/domain/dialect.ts': 'the list of dialects',
  'src/proxy/admission.ts': 'where clients of one dialect may carry their key in the body',
  'src/proxy/dialect-guess.ts': 'guesses the dialect of a caller that names no upstream',
  'src/proxy/credentials.ts': 'where a dialect carries the client key',
  'src/proxy/data-plane.ts': 'the dialect of errors before the upstream is known',
  'src/proxy/websocket/protocol-credential.ts': 'the subprotocol that carries the client key in browsers',
  'src/proxy/gateway-answer.ts': 'the error envelope of each dialect',
  'src/http/not-found.ts': 'the dialect of errors below /v1 and /v1beta',
  'src/http/batch-router.ts': 'files and batches are of one dialect',
  'src/proxy/client-gate.ts': 'where clients of that dialect carry their key',
  'src/services/first-boot.ts': 'the demo upstreams, one per dialect',
  'src/cli/program.ts': 'examples in the help',
  'src/domain/weak-secret.ts': 'words that people use as passwords',
}

/** The only places that read a clock or make randomness; all others are given them. */
const SOURCES_OF_CHANCE: Readonly<Record<string, string>> = {
  'src/infrastructure/system.ts': 'the clock and the randomness that everyone is given',
  'src/infrastructure/secrets-file.ts': 'a name for a draft file',
  'src/infrastructure/new-file.ts': 'a name for a draft file',
  'src/cli/streaming-check.ts': 'the doctor measures a real stream',
}

/** CACHE_URL is read in one place, for the cache and for what announces jobs on the same server. */
const SHARED_URL = 'src/infrastructure/cache/redis/options.ts'

const sources = readSources('src', 'builds')
const inside = sources.filter(({ path }) => path.startsWith('src/'))

function roomOf(path: string): string {
  const [, second = ''] = path.split('/')
  return second.replace(/\.ts$/, '')
}

function isAllowed(from: Source, file: string): boolean {
  const own = roomOf(from.path)
  if (roomOf(file) === own) return true
  return FLOORS[own]?.some((room) => file === `src/${room}.ts` || file.startsWith(`src/${room}/`)) === true
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

describe('floors', () => {
  test('every room has its row', () => {
    expect([...new Set(inside.map(({ path }) => roomOf(path)))].filter((room) => FLOORS[room] === undefined)).toEqual([])
  })

  test('a room imports only from the rooms below it', () => {
    const broken = inside.flatMap((source) =>
      source.imports.filter(({ file }) => file !== undefined && !isAllowed(source, file)).map(({ file }) => `${source.path} -> ${file}`),
    )
    expect(broken).toEqual([])
  })

  test('adapters and drivers do not know each other', () => {
    const home = (path: string): string | undefined =>
      /^src\/(?:adapters|infrastructure\/(?:database|cache))\/(?!shared\/|migrations\/)[^/]+(?=\/)/.exec(path)?.[0]
    const list = /^src\/adapters\/index\.ts$|^src\/wiring\//
    const sideways = inside
      .filter(({ path }) => !list.test(path))
      .flatMap(({ path, imports }) =>
        imports.flatMap(({ file }) =>
          file !== undefined && file !== SHARED_URL && home(file) !== undefined && home(file) !== home(path) ? [`${path} -> ${file}`] : [],
        ),
      )
    expect(sideways).toEqual([])
  })

  test('only a build names the drivers it ships, and only it reads the environment', () => {
    expect(sources.filter(({ text }) => /process\.env\b/.test(text)).map(({ path }) => path)).toEqual([
      'builds/enterprise/main.ts',
      'builds/lightweight/main.ts',
    ])
    for (const { path, imports } of sources.filter((source) => source.path.startsWith('builds/'))) {
      const others = imports.filter(
        ({ specifier, file }) =>
          !/^node:/.test(specifier) && !/^src\/(infrastructure\/(database|cache|jobs)\/\w+\/driver|cli\/run-cli|version)\.ts$/.test(file ?? ''),
      )
      expect({ path, others }).toEqual({ path, others: [] })
    }
  })
})

describe('packages', () => {
  test('each has one importer', () => {
    const broken = inside.flatMap(({ path, imports }) =>
      imports
        .filter(
          ({ specifier, file, isTypeOnly }) =>
            file === undefined && !isTypeOnly && !specifier.startsWith('node:') && PACKAGES[packageOf(specifier)]?.test(path) !== true,
        )
        .map(({ specifier }) => `${path} -> ${specifier}`),
    )
    expect(broken).toEqual([])
  })

  test('types of tsyringe, kysely and undici stay with their importer too', () => {
    const broken = inside.flatMap(({ path, imports }) =>
      imports
        .filter(({ specifier }) => /^(tsyringe|kysely|undici)\b/.test(specifier) && PACKAGES[packageOf(specifier)]?.test(path) !== true)
        .map(({ specifier }) => `${path} -> ${specifier}`),
    )
    expect(broken).toEqual([])
  })

  test('the pure rooms use none, and nothing of Node that does I/O', () => {
    const broken = inside.flatMap(({ path, imports }) =>
      imports
        .filter(({ specifier, file, isTypeOnly }) => file === undefined && !isTypeOnly && PURE[roomOf(path)]?.includes(specifier) === false)
        .map(({ specifier }) => `${path} -> ${specifier}`),
    )
    expect(broken).toEqual([])
  })
})

describe('shapes', () => {
  const unexpected = (folder: string, required: readonly string[], allowed: readonly string[]): string[] => {
    const names = listFolder(folder).map(({ name }) => name)
    return [
      ...required.filter((name) => !names.includes(name)).map((name) => `${folder} has no ${name}`),
      ...names.filter((name) => ![...required, ...allowed].includes(name)).map((name) => `${folder}/${name}`),
    ]
  }
  const foldersIn = (folder: string, ...except: readonly string[]): string[] =>
    listFolder(folder).flatMap(({ name, isFolder }) => (isFolder && !except.includes(name) ? [name] : []))

  test('an adapter is index.ts, and what differs from shared/', () => {
    const broken = foldersIn('src/adapters', 'shared').flatMap((name) =>
      unexpected(`src/adapters/${name}`, ['index.ts'], ['credentials.ts', 'request.ts', 'response.ts']),
    )
    expect(broken).toEqual([])
  })

  test('a driver is driver.ts, options.ts and the implementation', () => {
    const server = [
      ...['client.ts', 'link.ts', 'breaker.ts', 'pace.ts', 'topology.ts', 'sentinel.ts', 'cluster.ts', 'slots.ts', 'replies.ts'],
      ...['connection.ts', 'broadcast.ts', 'diagnostics.ts', 'inspection.ts', 'reachability.ts', 'scripts.ts', 'limits.ts', 'limit-scripts.ts'],
      ...['amounts.ts', 'amount-scripts.ts'],
    ]
    const thread = ['dialect.ts', 'diagnostics.ts', 'file-watch.ts', 'files.ts', 'messages.ts', 'thread.ts', 'worker.ts']
    const databases = foldersIn('src/infrastructure/database', 'migrations').flatMap((name) =>
      unexpected(
        `src/infrastructure/database/${name}`,
        ['driver.ts', 'options.ts', 'traits.ts'],
        name === 'sqlite' ? thread : ['connection.ts', 'diagnostics.ts'],
      ),
    )
    const caches = foldersIn('src/infrastructure/cache').flatMap((name) =>
      unexpected(
        `src/infrastructure/cache/${name}`,
        ['driver.ts', 'options.ts', `${name}-cache.ts`],
        name === 'redis' ? server : ['memory-limits.ts', 'memory-amounts.ts', 'sliding-window.ts'],
      ),
    )
    expect([...databases, ...caches]).toEqual([])
  })

  test(`files have at most ${LINES_MAX} lines, functions ${FUNCTION_LINES_MAX}`, () => {
    expect(sources.filter(({ path, lines }) => lines > LINES_MAX && LONG_FILES[path] === undefined).map(({ path, lines }) => `${path}: ${lines}`)).toEqual([])
    expect(
      sources.flatMap(({ path, functions }) =>
        functions
          .filter(({ name, lines }) => lines > FUNCTION_LINES_MAX && !ROUTE_TABLES.test(`${path} ${name}`))
          .map(({ name, lines }) => `${path} ${name}: ${lines}`),
      ),
    ).toEqual([])
  })

  test('no exception outlives its reason', () => {
    const lines = new Map(sources.map((source) => [source.path, source.lines]))
    expect(Object.keys(LONG_FILES).filter((path) => (lines.get(path) ?? 0) <= LINES_MAX)).toEqual([])
    expect([...Object.keys(DIALECT_FILES), ...Object.keys(SOURCES_OF_CHANCE)].filter((path) => !lines.has(path))).toEqual([])
  })

  test('files are kebab-case, say first what they own, and have no empty name', () => {
    expect(sources.filter(({ path }) => !/^[a-z0-9]+(-[a-z0-9]+)*\.ts$/.test(path.split('/').at(-1) ?? '')).map(({ path }) => path)).toEqual([])
    expect(sources.filter(({ text }) => !/^\/\/ \S.{10,}/.test(text)).map(({ path }) => path)).toEqual([])
    expect(sources.filter(({ path }) => /manager|util|helper|common|dto|channel/.test(path)).map(({ path }) => path)).toEqual([])
    expect(
      sources.flatMap(({ path, text }) =>
        [...text.matchAll(/\b(?:class|interface|type|function) (\w*(?:Manager|Utils?|Helpers?|Common|Dto|Channel)|I[A-Z][a-z]\w*)\b/g)].map(
          ([, name]) => `${path} ${name}`,
        ),
      ),
    ).toEqual([])
  })
})

describe('what the core does not know', () => {
  const core = inside.filter(({ path }) => !/^src\/(adapters|demo|config)\//.test(path))

  test('a vendor by its name', () => {
    const vendors = listFolder('src/adapters').flatMap(({ name, isFolder }) =>
      isFolder && !['shared', 'generic', 'openai-compatible'].includes(name) ? [name] : [],
    )
    expect(vendors).toContain('groq')
    const named = core.flatMap(({ path, strings }) =>
      strings
        .filter((string) => vendors.includes(string.toLowerCase()) && !(DIALECT_FILES[path] !== undefined && DIALECT_NAMES.includes(string)))
        .map((string) => `${path} '${string}'`),
    )
    expect(named).toEqual([])
  })

  test('the time, and chance', () => {
    const own = /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bperformance\.now\(|\bhrtime\b|\bimport \{[^}]*\brandom(Bytes|UUID|Int)\b/
    expect(inside.filter(({ path, text }) => SOURCES_OF_CHANCE[path] === undefined && own.test(text)).map(({ path }) => path)).toEqual([])
  })
})
