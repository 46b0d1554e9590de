// What the files for containers and clusters promise (CON-02), read as text: they are not run here. .ci/run starts them.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { VARIABLES } from '../../src/config/variables.ts'

const ROOT = join(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')
const withoutComments = (text: string): string => text.replace(/^\s*#.*$/gm, '')

/** Names that the product knows, `…_FILE` of secrets among them. */
const KNOWN = new Set(
  Object.entries(VARIABLES).flatMap(([name, variable]) => ('type' in variable && /^secret/.test(variable.type) ? [name, `${name}_FILE`] : [name])),
)

/** A block of YAML below a key, by its indentation. */
function blockOf(text: string, key: string): string {
  const lines = text.split('\n')
  const start = lines.findIndex((line, index) => new RegExp(`^ *${key}:`).test(line) && !/condition:/.test(lines[index + 1] ?? ''))
  if (start === -1) throw new Error(`no ${key}:`)
  const indent = (lines[start] as string).search(/\S/)
  const end = lines.findIndex((line, index) => index > start && line.trim() !== '' && line.search(/\S/) <= indent && !line.trim().startsWith('#'))
  return lines.slice(start, end === -1 ? undefined : end).join('\n')
}

describe('Dockerfiles', () => {
  test('both images are built in the same way', () => {
    const [light, enterprise] = ['lightweight', 'enterprise'].map((build) =>
      read(`Dockerfile.${build}`)
        .replaceAll(build, '<build>')
        .replace(/^#.*$/m, '')
        .replace(/image\.description=.*/, ''),
    )
    expect(enterprise).toBe(light)
  })

  test('nothing of a dependency runs at install, nothing runs as root, health is asked by the product itself', () => {
    for (const build of ['lightweight', 'enterprise']) {
      const text = read(`Dockerfile.${build}`)
      expect(text).toMatch(/npm ci --ignore-scripts/)
      expect(text).toMatch(/^USER 10001:10001$/m)
      expect(text).toMatch(/HEALTHCHECK .* CMD \["\/usr\/local\/bin\/akr", "health"\]/)
      expect(text).not.toMatch(/^# *syntax=/m)
    }
  })
})

describe('compose files', () => {
  const prod = read('docker-compose.prod.yml')
  const files = { 'docker-compose.yml': read('docker-compose.yml'), 'docker-compose.prod.yml': prod }

  test.each(Object.entries(files))('%s: pinned tags, no version key, no capability kept, no way to gain one', (_name, text) => {
    const images = [...withoutComments(text).matchAll(/^\s+image: (\S+)/gm)].map(([, image]) => image as string)
    expect(images.filter((image) => !image.includes(':') || image.endsWith(':latest'))).toEqual([])
    expect(text).not.toMatch(/^version:/m)
    expect(text).toMatch(/cap_drop:\n\s+- ALL/)
    expect(text).toMatch(/no-new-privileges:true/)
    expect(text).toMatch(/read_only: true/)
  })

  test('every service of the stack is locked down, ends in time, and is waited for', () => {
    for (const service of ['gateway', 'load-balancer', 'redis', 'mysql', 'postgres']) {
      const text = blockOf(prod, service)
      expect({ service, lockedDown: text.includes('<<: *locked-down') }).toEqual({ service, lockedDown: true })
      expect({ service, hasPidsLimit: text.includes('pids_limit:') }).toEqual({ service, hasPidsLimit: true })
      if (service !== 'gateway') expect(text).toContain('healthcheck:')
    }
    expect(blockOf(prod, 'gateway').match(/condition: service_healthy/g)).toHaveLength(3)
    expect(prod).not.toMatch(/condition: service_started/)
  })

  test('secrets come by file, and every variable of the gateway exists', () => {
    const environment = [...blockOf(blockOf(prod, 'gateway'), 'environment').matchAll(/^ {6}([A-Z_]+): (.*)$/gm)]
    expect(environment.length).toBeGreaterThan(15)
    expect(environment.map(([, name]) => name as string).filter((name) => !KNOWN.has(name))).toEqual([])
    const inPlain = environment.filter(
      ([, name, value]) => /SECRET|PASSWORD|_KEY|PEPPER|TOKEN/.test(name as string) && !/^\/run\/secrets\//.test(value as string),
    )
    expect(inPlain.map(([line]) => line)).toEqual([])
    const mounted = [...prod.matchAll(/\/run\/secrets\/(\w+)/g)].map(([, name]) => name as string)
    const declared = [...prod.matchAll(/file: \.\/secrets\/(\w+)/g)].map(([, name]) => name as string)
    expect(mounted.filter((name) => !declared.includes(name))).toEqual([])
    const made = /^STACK_SECRETS := (.*)$/m.exec(read('Makefile'))?.[1]?.split(' ')
    expect([...declared].sort()).toEqual(made?.sort())
    expect(read('.gitignore')).toMatch(/^\/secrets\/$/m)
  })

  test('management is published on this machine only, databases not at all', () => {
    const published = [...prod.matchAll(/^ {6}- '(.*:\d+)'$/gm)].map(([, port]) => port)
    expect(published).toEqual(['${BACKEND_PORT:-8000}:8000', '127.0.0.1:${ADMIN_PORT:-8001}:8001'])
    expect(blockOf(prod, 'load-balancer')).toContain("'127.0.0.1:${ADMIN_PORT:-8001}:8001'")
    expect(blockOf(prod, 'back')).toContain('internal: true')
    for (const service of ['redis', 'mysql', 'postgres']) expect(blockOf(prod, service)).not.toMatch(/ports:|- front/)
  })

  test('users of the databases are no superusers', () => {
    expect(blockOf(prod, 'mysql')).toContain('MYSQL_USER: akr')
    expect(blockOf(prod, 'mysql')).toContain('--local-infile=OFF')
    expect(read('deploy/postgres/10-gateway.sh')).toMatch(/CREATE ROLE akr LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE/)
  })

  test('Redis keeps what it has, never evicts, and shows its password nowhere', () => {
    const conf = read('deploy/redis/redis.conf')
    expect(conf).toMatch(/^appendonly yes$/m)
    expect(conf).toMatch(/^maxmemory-policy noeviction$/m)
    const start = read('deploy/redis/start.sh')
    expect(start).toMatch(/user default off resetpass ~\* &\* \+@all/)
    expect(start).toMatch(/user akr on #%s ~akr:\* &akr:\* \+@all -@admin -@dangerous /)
    expect(start).not.toMatch(/requirepass/)
    expect(start.split('\n').at(-2)).toBe('exec redis-server "$conf"')
  })

  test('the load balancer waits longer than the gateway, connects quickly, and repeats only what may be repeated', () => {
    const config = withoutComments(read('deploy/haproxy/haproxy.cfg'))
    const server = Number(/timeout server (\d+)s/.exec(config)?.[1])
    expect(server).toBeGreaterThan(300)
    expect(config).toMatch(/timeout connect 1s/)
    expect(config).toMatch(/disable-l7-retry unless \{ method GET HEAD OPTIONS \} \|\| \{ req\.hdr\(idempotency-key\) -m found \}/)
    expect(config).toMatch(/option redispatch 1/)
    expect(config).not.toMatch(/http-buffer-request|compression/)
    // Query strings carry keys.
    expect(config).toMatch(/log-format "[^"]*%HPO/)
    expect(config).not.toMatch(/%r\b|%\{\+Q\}r|%HU|%HQ/)
    const shutdown = Number(/stop_grace_period: (\d+)s/.exec(blockOf(prod, 'gateway'))?.[1])
    expect(shutdown).toBeGreaterThan(VARIABLES.SHUTDOWN_ANNOUNCE.default + VARIABLES.SHUTDOWN_GRACE.default)
  })
})

test('everything in deploy/ is used or explained somewhere', () => {
  const pages = ['docker-compose.prod.yml', 'docker-compose.observability.yml', 'docs/compose.md', 'docs/kubernetes.md', 'docs/observability.md']
    .filter((path) => existsSync(join(ROOT, path)))
    .map(read)
    .join('\n')
  expect(readdirSync(join(ROOT, 'deploy')).filter((name) => !pages.includes(`deploy/${name}`))).toEqual([])
})
