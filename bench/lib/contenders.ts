// Who is compared: how each program is started, and the one question that shows it does its job before it is timed.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startGateway, type Variant } from './gateway.ts'
import { startProgram } from './processes.ts'
import type { Stack } from './stack.ts'

export interface Contender {
  readonly name: string
  readonly pid: number
  /** What wrk asks. */
  readonly url: string
  readonly wrkEnvironment: Readonly<Record<string, string>>
}

export interface Ground {
  /** Temporary directory of this run. */
  readonly directory: string
  /** Core of the contenders; undefined when there is only one. */
  readonly core: number | undefined
  readonly upstreamPort: number
  readonly upstreamPid: number
  /** Database and Redis; undefined when no contender needs them. */
  readonly stack: Stack | undefined
}

/** The enterprise build on MariaDB: without and with Redis in the path, exact and in blocks; then not pinned, with one worker and two. */
export const ENTERPRISE = ['enterprise-memory', 'enterprise-redis', 'enterprise-blocks', 'workers-1', 'workers-2'] as const
export const CONTENDERS = ['nginx', 'bare', 'express-hpm', 'portkey', 'gateway', ...ENTERPRISE] as const
/** Only when they are asked for: what one feature costs, beside `gateway` in the same run. */
export const VARIANTS = ['traced'] as const
export type ContenderName = (typeof CONTENDERS)[number] | (typeof VARIANTS)[number]

/** Turns that a process takes at once in `enterprise-blocks`. */
export const BLOCK = 100

/** Not a real key: the mock takes any. */
const UPSTREAM_KEY = 'sk-bench-upstream-0001'
const PATH = '/v1/chat/completions'
const bench = fileURLToPath(new URL('..', import.meta.url))

export async function startContender(name: ContenderName, port: number, ground: Ground): Promise<Contender> {
  const contender = await starters[name](port, ground)
  await examine(contender)
  return contender
}

const starters: Record<ContenderName, (port: number, ground: Ground) => Promise<Contender>> = {
  nginx: startNginx,
  bare: (port, ground) => startPeer('bare', port, ground),
  'express-hpm': (port, ground) => startPeer('express-hpm', port, ground),
  portkey: startPortkey,
  gateway: async (port, ground) => {
    const gateway = await startGateway(port, ground)
    return { name: 'gateway', pid: gateway.pid, url: gateway.url + PATH, wrkEnvironment: { CLIENT_KEY: gateway.clientKey } }
  },
  traced: async (port, ground) => {
    const gateway = await startGateway(port, ground, { build: 'lightweight', environment: traced(ground) })
    return { name: 'traced', pid: gateway.pid, url: gateway.url + PATH, wrkEnvironment: { CLIENT_KEY: gateway.clientKey } }
  },
  'enterprise-memory': (port, ground) => startEnterprise('enterprise-memory', port, ground, {}),
  'enterprise-redis': (port, ground) => startEnterprise('enterprise-redis', port, ground, withRedis(ground)),
  'enterprise-blocks': (port, ground) => startEnterprise('enterprise-blocks', port, ground, { ...withRedis(ground), ROTATION_NON_EXACT_BLOCK: String(BLOCK) }),
  'workers-1': (port, ground) => startEnterprise('workers-1', port, ground, withRedis(ground), 'any'),
  'workers-2': (port, ground) => startEnterprise('workers-2', port, ground, { ...withRedis(ground), WORKERS: '2' }, 'any'),
}

/** A tenth of the requests; the mock takes them as it takes everything. */
function traced({ upstreamPort }: Ground): Record<string, string> {
  return { OTLP_ENDPOINT: `http://127.0.0.1:${upstreamPort}`, OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.1' }
}

function withRedis({ stack }: Ground): Record<string, string> {
  return { CACHE_URL: stack?.redisUrl ?? '' }
}

async function startEnterprise(name: string, port: number, ground: Ground, environment: Record<string, string>, core?: Variant['core']): Promise<Contender> {
  if (ground.stack === undefined) throw new Error('It needs MariaDB and Redis, and they could not be started.')
  const DATABASE_URL = await ground.stack.createDatabase()
  const variant = { build: 'enterprise', environment: { CACHE_URL: 'memory:', DATABASE_URL, ...environment }, ...(core === undefined ? {} : { core }) } as const
  const gateway = await startGateway(port, ground, variant)
  return { name, pid: gateway.pid, url: gateway.url + PATH, wrkEnvironment: { CLIENT_KEY: gateway.clientKey } }
}

async function startPeer(name: string, port: number, ground: Ground): Promise<Contender> {
  const child = await startProgram(
    {
      name,
      command: [process.execPath, join(bench, 'peers', `${name}.ts`)],
      core: ground.core,
      environment: { PORT: String(port), UPSTREAM: `http://127.0.0.1:${ground.upstreamPort}`, UPSTREAM_KEY, NODE_ENV: 'production' },
      logFile: join(ground.directory, `${name}.log`),
    },
    port,
  )
  return { name, pid: child.pid as number, url: `http://127.0.0.1:${port}${PATH}`, wrkEnvironment: { CLIENT_KEY: 'client' } }
}

async function startNginx(port: number, ground: Ground): Promise<Contender> {
  const configuration = join(ground.directory, 'nginx.conf')
  writeFileSync(
    configuration,
    `daemon off;
worker_processes 1;
pid ${ground.directory}/nginx.pid;
error_log ${ground.directory}/nginx-error.log;
events { worker_connections 4096; }
http {
  access_log off;
  client_body_temp_path ${ground.directory}/nginx-body;
  proxy_temp_path ${ground.directory}/nginx-proxy;
  fastcgi_temp_path ${ground.directory}/nginx-fastcgi;
  uwsgi_temp_path ${ground.directory}/nginx-uwsgi;
  scgi_temp_path ${ground.directory}/nginx-scgi;
  keepalive_requests 100000000;
  upstream mock { server 127.0.0.1:${ground.upstreamPort}; keepalive 256; keepalive_requests 100000000; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://mock;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Authorization "Bearer ${UPSTREAM_KEY}";
    }
  }
}
`,
  )
  const child = await startProgram(
    { name: 'nginx', command: ['nginx', '-c', configuration], core: ground.core, logFile: join(ground.directory, 'nginx.log') },
    port,
  )
  return { name: 'nginx', pid: child.pid as number, url: `http://127.0.0.1:${port}${PATH}`, wrkEnvironment: { CLIENT_KEY: 'client' } }
}

async function startPortkey(port: number, ground: Ground): Promise<Contender> {
  const child = await startProgram(
    {
      name: 'portkey',
      command: [process.execPath, join(bench, 'node_modules/@portkey-ai/gateway/build/start-server.js'), '--headless', `--port=${port}`],
      core: ground.core,
      environment: { NODE_ENV: 'production' },
      logFile: join(ground.directory, 'portkey.log'),
    },
    port,
  )
  return {
    name: 'portkey',
    pid: child.pid as number,
    url: `http://127.0.0.1:${port}${PATH}`,
    wrkEnvironment: { CLIENT_KEY: UPSTREAM_KEY, PORTKEY_HOST: `http://127.0.0.1:${ground.upstreamPort}/v1` },
  }
}

/** @throws unless the mock's whole answer comes through. */
async function examine(contender: Contender): Promise<void> {
  const { CLIENT_KEY, PORTKEY_HOST } = contender.wrkEnvironment
  const response = await fetch(contender.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${CLIENT_KEY}`,
      ...(PORTKEY_HOST === undefined ? {} : { 'x-portkey-provider': 'openai', 'x-portkey-custom-host': PORTKEY_HOST }),
    },
    body: '{"model":"gpt-4o-mini","messages":[]}',
  })
  const text = await response.text()
  if (response.status !== 200 || text.length !== 1025)
    throw new Error(`${contender.name} answers ${response.status} with ${text.length} bytes: ${text.slice(0, 300)}`)
}
