// Owns the product under test: a build as a child process with its own folder, port and secrets.
import { join } from 'node:path'
import { AdminClient, type UpstreamSpec } from './admin-client.ts'
import { createCanary } from './canaries.ts'
import { createTemporaryFolder, findFreePort, type TemporaryFolder } from './free-port.ts'
import { ChildUnderTest } from './process.ts'
import { requestText, sendRaw, type RawOptions, type RawResult } from './raw-client.ts'

/** Another checkout can be put under test, e.g. one with a guard taken out. */
const ROOT = process.env.AKR_UNDER_TEST ?? join(import.meta.dirname, '../..')

/** What all replicas of one gateway share; the enterprise build generates none of it. */
export interface SharedSecrets {
  readonly JWT_SECRET: string
  readonly ENCRYPTION_KEY: string
  readonly CLIENT_KEY_PEPPER: string
}

export function createSharedSecrets(): SharedSecrets {
  return { JWT_SECRET: createCanary('js-'), ENCRYPTION_KEY: createCanary('ek-'), CLIENT_KEY_PEPPER: createCanary('cp-') }
}

export interface GatewayOptions {
  /** Default `lightweight`. The enterprise build reaches private addresses here, as the upstreams of tests are. */
  readonly build?: 'lightweight' | 'enterprise'
  /** Added to the environment; undefined removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Created with their keys before the promise resolves. */
  readonly upstreams?: readonly UpstreamSpec[]
  /** What is started. Default: the sources of the build. */
  readonly main?: string
  /** Kept when the gateway closes; default a temporary one. */
  readonly dataDir?: string
}

export class Gateway {
  readonly port: number
  readonly url: string
  readonly adminUrl: string
  readonly adminPassword: string
  /** A global client key: may use every upstream. */
  readonly clientKey: string
  readonly dataDir: string
  readonly child: ChildUnderTest
  readonly admin: AdminClient
  /** Ids by slug of the upstreams that were given. */
  readonly upstreamIds = new Map<string, string>()
  readonly #folder: TemporaryFolder | undefined

  constructor(parts: { port: number; adminPassword: string; clientKey: string; dataDir: string; folder: TemporaryFolder | undefined; child: ChildUnderTest }) {
    this.port = parts.port
    this.url = `http://127.0.0.1:${parts.port}`
    this.adminUrl = this.url
    this.adminPassword = parts.adminPassword
    this.clientKey = parts.clientKey
    this.dataDir = parts.dataDir
    this.#folder = parts.folder
    this.child = parts.child
    this.admin = new AdminClient(this.adminUrl)
  }

  /** Text of a request that carries the client key, unless the headers bring their own. */
  text(method: string, target: string, headers: Readonly<Record<string, string>> = {}, body = ''): string {
    return requestText(method, target, { 'X-Proxy-Key': this.clientKey, ...headers }, body)
  }

  /** One authenticated request over a socket of its own. */
  send(method: string, target: string, headers: Readonly<Record<string, string>> = {}, body = '', options: RawOptions = {}): Promise<RawResult> {
    return sendRaw(this.port, this.text(method, target, headers, body), { methods: [method], ...options })
  }

  /** @throws when the gateway does not become ready in time; the message carries its output. */
  async waitUntilReady(timeoutMs = 20_000): Promise<void> {
    const deadlineMs = performance.now() + timeoutMs
    for (;;) {
      if (this.child.exitStatus !== undefined) throw new Error(`the gateway exited: ${JSON.stringify(this.child.exitStatus)}\n${this.child.output}`)
      const status = await fetch(`${this.url}/health/ready`).then(
        (response) => response.status,
        () => 0,
      )
      if (status === 200) return
      if (performance.now() > deadlineMs) throw new Error(`not ready after ${timeoutMs} ms (last status ${status})\n${this.child.output}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  async addUpstream(spec: UpstreamSpec): Promise<string> {
    const id = await this.admin.addUpstream(spec)
    this.upstreamIds.set(spec.slug, id)
    return id
  }

  idOf(slug: string): string {
    const id = this.upstreamIds.get(slug)
    if (id === undefined) throw new Error(`no upstream ${slug} was given`)
    return id
  }

  /** Ends it at once and removes what it left. */
  async close(): Promise<void> {
    await this.child.kill()
    this.#folder?.remove()
  }
}

/** Starts the product and waits until it is ready. */
export async function startGateway(options: GatewayOptions = {}): Promise<Gateway> {
  const folder = options.dataDir === undefined ? createTemporaryFolder('akr-gateway') : undefined
  const dataDir = options.dataDir ?? (folder as TemporaryFolder).path
  const build = options.build ?? 'lightweight'
  const port = Number(options.env?.BACKEND_PORT ?? (await findFreePort()))
  const clientKey = options.env?.GLOBAL_PROXY_KEYS ?? createCanary('ck-')
  const env: NodeJS.ProcessEnv = {
    PATH: process.env.PATH,
    HOST: '127.0.0.1',
    BACKEND_PORT: String(port),
    DATA_DIR: dataDir,
    ADMIN_PASSWORD: createCanary('pw-'),
    GLOBAL_PROXY_KEYS: clientKey,
    DEMO_MODE: 'off',
    LOG_FORMAT: 'json',
    ...(build === 'enterprise' ? { ...createSharedSecrets(), ALLOW_PRIVATE_UPSTREAMS: 'true' } : {}),
    ...options.env,
  }
  const child = new ChildUnderTest(process.execPath, [options.main ?? join(ROOT, `builds/${build}/main.ts`)], { env, cwd: dataDir })
  const gateway = new Gateway({ port, adminPassword: env.ADMIN_PASSWORD ?? '', clientKey, dataDir, folder, child })
  try {
    await gateway.waitUntilReady()
    if (env.ADMIN_PASSWORD !== undefined) await gateway.admin.signIn(env.ADMIN_USERNAME ?? 'admin', env.ADMIN_PASSWORD)
    for (const spec of options.upstreams ?? []) await gateway.addUpstream(spec)
  } catch (error) {
    await gateway.close()
    throw error
  }
  return gateway
}
