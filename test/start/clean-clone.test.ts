// What a newcomer types: a clone and `make start`, with nothing installed and nothing configured.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createTemporaryFolder, findFreePort, type TemporaryFolder } from '../support/free-port.ts'

const ROOT = join(import.meta.dirname, '../..')
const READY_MAX_MS = 90_000
const AGAIN_MAX_MS = 15_000
const MINUTES = 60_000

let folder: TemporaryFolder
let clone: string
beforeAll(() => {
  folder = createTemporaryFolder('akr-clean-clone')
  clone = join(folder.path, 'api-key-rotator')
  const { status, stderr } = spawnSync('git', ['clone', '--quiet', `file://${ROOT}`, clone], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`git clone failed: ${stderr}`)
}, 2 * MINUTES)
afterAll(() => folder.remove())

/** As on a machine that has make and npm: no Node of ours on the PATH, no packages in npm's cache. */
function newcomer(port: number): NodeJS.ProcessEnv {
  const own = (name: string): boolean => /^(npm_|NODE_|JEST_|MAKE|MFLAGS|INIT_CWD)/i.test(name)
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !own(name) || name === 'NODE_EXTRA_CA_CERTS'))
  const path = (process.env.PATH ?? '').split(':').filter((entry) => !entry.includes('node_modules'))
  return { ...env, PATH: path.join(':'), BACKEND_PORT: String(port), npm_config_cache: join(folder.path, 'npm-cache') }
}

class Start {
  output = ''
  readonly #child: ChildProcess
  readonly #closed: Promise<void>

  readonly port: number

  constructor(port: number) {
    this.port = port
    this.#child = spawn('make', ['start'], { cwd: clone, env: newcomer(port), stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    this.#closed = new Promise((resolve) => this.#child.once('close', () => resolve()))
    const collect = (chunk: Buffer): void => void (this.output += chunk.toString())
    this.#child.stdout?.on('data', collect)
    this.#child.stderr?.on('data', collect)
  }

  /** Resolves with what the gateway printed, once it has printed the call to try. */
  announced(): Promise<string> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (/Try it/.test(this.output)) resolve(this.output)
      }
      this.#child.stdout?.on('data', look)
      this.#child.once('close', (code) => reject(new Error(`make start ended with ${code}:\n${this.output}`)))
    })
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null) process.kill(-(this.#child.pid as number), 'SIGINT')
    await this.#closed
  }
}

async function streamDemo(port: number): Promise<string> {
  const answer = await fetch(`http://localhost:${port}/llm/demo/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: 'Bearer demo', 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'demo-1', stream: true, messages: [{ role: 'user', content: 'hi' }] }),
  })
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toContain('text/event-stream')
  return answer.text()
}

test(
  'START-01 make start in a clean clone answers a streamed demo call within 90 s',
  async () => {
    const begunMs = performance.now()
    const start = new Start(await findFreePort())
    try {
      const printed = await start.announced()
      const streamed = await streamDemo(start.port)
      const tookMs = performance.now() - begunMs
      expect(streamed).toContain('data: [DONE]')
      expect(printed).toMatch(/Set up now\s+http:\/\/localhost:\d+\/setup#t=/)
      expect(tookMs).toBeLessThan(READY_MAX_MS)
      process.stderr.write(`make start answered after ${Math.round(tookMs / 1000)} s\n`)
    } finally {
      await start.stop()
    }
  },
  10 * MINUTES,
)

test(
  'START-02 a second make start installs and builds nothing',
  async () => {
    const begunMs = performance.now()
    const start = new Start(await findFreePort())
    try {
      const printed = await start.announced()
      expect(await streamDemo(start.port)).toContain('data: [DONE]')
      expect(performance.now() - begunMs).toBeLessThan(AGAIN_MAX_MS)
      expect(printed).not.toMatch(/Installing|built dist/)
    } finally {
      await start.stop()
    }
  },
  2 * MINUTES,
)
