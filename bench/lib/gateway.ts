// Starts this gateway as its users do and gives it an upstream, a pool of keys and a client key through its own management API.
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Ground } from './contenders.ts'
import { type Program, startProgram, stopProgram } from './processes.ts'

export interface Gateway {
  readonly pid: number
  /** Address of the upstream's surface, e.g. `http://127.0.0.1:9105/llm/bench`. */
  readonly url: string
  readonly clientKey: string
  /** What was started, relative to the repository. */
  readonly entry: string
}

export const POOL_KEYS = 5
const repository = fileURLToPath(new URL('../..', import.meta.url))
type Build = 'lightweight' | 'enterprise'

/** How a gateway differs from the lightweight one with its defaults. */
export interface Variant {
  readonly build: Build
  readonly environment: Readonly<Record<string, string>>
  /** What is started in place of the build's own entry, relative to the repository. */
  readonly entry?: string
  /** Default: the core of the contenders. `any` = not pinned. */
  readonly core?: 'any'
}

/** The bundle when it has been built, else the sources. @throws when neither exists. */
export function gatewayEntry(build: Build = 'lightweight'): string {
  const entries = [`dist/${build}/main.js`, `builds/${build}/main.ts`]
  const entry = (build === 'lightweight' ? process.env['BENCH_GATEWAY_ENTRY'] : undefined) ?? entries.find((path) => existsSync(join(repository, path)))
  if (entry === undefined) throw new Error(`No gateway to measure: none of ${entries.join(', ')} exists.`)
  return entry
}

export async function startGateway(port: number, ground: Ground, variant: Variant = { build: 'lightweight', environment: {} }): Promise<Gateway> {
  const entry = variant.entry ?? gatewayEntry(variant.build)
  const password = randomBytes(18).toString('base64url')
  const directory = join(ground.directory, `gateway-${port}`)
  mkdirSync(directory)
  const program: Program = {
    name: 'gateway',
    command: [process.execPath, join(repository, entry)],
    core: variant.core === 'any' ? undefined : ground.core,
    directory,
    environment: {
      NODE_ENV: 'production',
      BACKEND_PORT: String(port),
      HOST: '127.0.0.1',
      DATA_DIR: directory,
      ADMIN_PASSWORD: password,
      ALLOW_PRIVATE_UPSTREAMS: 'true',
      DEMO_MODE: 'off',
      ...(variant.build === 'enterprise' ? sharedSecrets() : {}),
      ...variant.environment,
    },
    logFile: join(ground.directory, `gateway-${port}.log`),
  }
  const first = await startProgram(program, port)
  const origin = `http://127.0.0.1:${port}`
  const clientKey = await configure(origin, password, ground.upstreamPort)
  // A gateway is configured once and runs for weeks: what is measured is one that was started with its configuration.
  await stopProgram(first)
  const child = await startProgram(program, port)
  return { pid: child.pid as number, url: `${origin}/llm/bench`, clientKey, entry }
}

/** The enterprise build generates none: its replicas share them. */
function sharedSecrets(): Record<string, string> {
  const secret = (): string => randomBytes(32).toString('base64url')
  return { JWT_SECRET: secret(), ENCRYPTION_KEY: secret(), CLIENT_KEY_PEPPER: secret() }
}

async function configure(origin: string, password: string, upstreamPort: number): Promise<string> {
  const { access_token: session } = await call(origin, '/login', undefined, { username: 'admin', password })
  const upstream = await call(origin, '/upstreams', session, {
    slug: 'bench',
    name: 'Benchmark',
    kind: 'llm',
    adapter: 'openai',
    base_url: `http://127.0.0.1:${upstreamPort}/v1`,
  })
  for (let i = 1; i <= POOL_KEYS; i++) {
    await call(origin, `/upstreams/${upstream['id']}/keys`, session, { value: `sk-bench-upstream-000${i}`, label: `key ${i}` })
  }
  const issued = await call(origin, '/client-keys', session, { name: 'bench' })
  return issued['key'] as string
}

async function call(origin: string, path: string, session: string | undefined, body: object): Promise<Record<string, string>> {
  const response = await fetch(`${origin}/api/admin${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(session === undefined ? {} : { authorization: `Bearer ${session}` }) },
    body: JSON.stringify(body),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`POST ${path} answers ${response.status}: ${text.slice(0, 500)}`)
  return JSON.parse(text) as Record<string, string>
}
