// Drives a running docker-compose.prod.yml from outside: a stream through the load balancer, replicas that stop and die under load, what is
// closed to strangers. node test/stack/check.ts, with the stack up and not yet set up. Ends with `N passed, N failed`.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { runOpenLoop, type LoadReport } from '../support/load.ts'
import { requestText } from '../support/request-text.ts'
import { Stack } from './replicas.ts'

const ROOT = join(import.meta.dirname, '../..')
const PORT = Number(process.env.BACKEND_PORT ?? 8000)
const ADMIN_PORT = Number(process.env.ADMIN_PORT ?? 8001)
const DOCKER = process.env.DOCKER ?? 'docker'
const LONGEST_MS = 120_000
/** Of load before a replica goes, so that every kind of request is under way. */
const WARM_MS = 1_500
const AFTER_MS = 4_000

const stack = new Stack(DOCKER, process.env.COMPOSE_PROJECT_NAME ?? 'api-key-rotator-enterprise')
const CHAT = '/llm/demo/v1/chat/completions'
const HEAD = { authorization: 'Bearer demo', 'content-type': 'application/json' }

interface Kind {
  readonly rate: number
  readonly mark: string
  readonly text: (index: number) => string
}

const chat = (isStream: boolean, headers: Readonly<Record<string, string>> = {}): string =>
  requestText('POST', CHAT, { ...HEAD, ...headers }, JSON.stringify({ model: 'demo-1', stream: isStream, messages: [{ role: 'user', content: 'hi' }] }))

/** `rate` is per second; `mark` stands in a complete answer only. */
const KINDS = {
  GET: { rate: 40, mark: 'demo-1', text: () => requestText('GET', '/llm/demo/v1/models', HEAD) },
  'POST with Idempotency-Key': { rate: 40, mark: '"finish_reason":"stop"', text: (index) => chat(false, { 'idempotency-key': `check-${index}` }) },
  POST: { rate: 40, mark: '"finish_reason":"stop"', text: () => chat(false) },
  stream: { rate: 5, mark: 'data: [DONE]', text: () => chat(true) },
} as const satisfies Readonly<Record<string, Kind>>
type KindName = keyof typeof KINDS

type Reports = Readonly<Record<KindName, LoadReport>>

/** Applies the load of all kinds while `work` goes on, and a moment longer. */
async function underLoad(work: () => Promise<void>): Promise<Reports> {
  const stop = new AbortController()
  const loads = (Object.keys(KINDS) as KindName[]).map(async (name) => {
    const { rate, mark, text }: Kind = KINDS[name]
    const report = await runOpenLoop({
      port: PORT,
      rate,
      durationMs: LONGEST_MS,
      signal: stop.signal,
      request: (index) => ({ text: text(index), nonce: `${name} ${index}` }),
      check: ({ status, body }) => (status !== 200 ? 'wrong-status' : body.includes(mark) ? 'ok' : 'wrong-body'),
    })
    return [name, report] as const
  })
  await pause(WARM_MS)
  try {
    await work()
    await pause(AFTER_MS)
  } finally {
    stop.abort()
  }
  return Object.fromEntries(await Promise.all(loads)) as Reports
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

function tell(reports: Reports): void {
  for (const [name, { sent, failed, failures }] of Object.entries(reports))
    process.stdout.write(`   ${name}: ${sent} sent, ${failed} failed${failures.length === 0 ? '' : `\n      ${failures.join('\n      ')}`}\n`)
}

function failedOf(reports: Reports, ...names: readonly KindName[]): number {
  return names.reduce((sum, name) => sum + reports[name].failed, 0)
}

/** A command of docker beside the load, without blocking it. */
async function dockerMeanwhile(...args: readonly string[]): Promise<void> {
  const [program, ...first] = DOCKER.split(' ') as [string, ...string[]]
  const [code] = (await once(spawn(program, [...first, ...args], { stdio: 'ignore' }), 'close')) as [number | null]
  assert(code === 0, `docker ${args.join(' ')}: exit ${code}`)
}

function assert(condition: boolean, message: string): void {
  if (!condition) throw new Error(message)
}

async function statusOf(port: number, path: string): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`)
  await answer.arrayBuffer()
  return answer.status
}

const CHECKS: Readonly<Record<string, () => Promise<void>>> = {
  'a streamed answer arrives word by word': async () => {
    const answer = await fetch(`http://127.0.0.1:${PORT}${CHAT}`, {
      method: 'POST',
      headers: HEAD,
      body: JSON.stringify({ model: 'demo-1', stream: true, messages: [{ role: 'user', content: 'hi' }] }),
    })
    const begunMs = performance.now()
    const times: number[] = []
    let text = ''
    for await (const chunk of answer.body as ReadableStream<Uint8Array>) {
      times.push(performance.now())
      text += Buffer.from(chunk).toString()
    }
    assert(answer.status === 200 && text.includes('data: [DONE]'), `${answer.status} ${text}`)
    // The demo pauses 40 ms between words; pieces that were held back come without a pause.
    const events = text.split('\n\n').length - 1
    const pauses = times.filter((time, index) => time - (times[index - 1] ?? begunMs) > 10).length
    assert(pauses > events / 2, `${events} events came with ${pauses} pauses between them: something buffers`)
  },

  'a replica that is stopped costs no request and cuts no stream': async () => {
    const [replica] = stack.containers('gateway') as [string]
    const reports = await underLoad(() => dockerMeanwhile('stop', '--time', '40', replica))
    tell(reports)
    assert(stack.inspect(replica).State.ExitCode === 0, 'the replica did not end by itself')
    await stack.startAgain(replica)
    assert(failedOf(reports, 'GET', 'POST with Idempotency-Key', 'POST', 'stream') === 0, 'requests failed')
  },

  'a replica that is killed costs no request that may be sent again, and of the others those only that it was working on': async () => {
    const [, replica] = stack.containers('gateway') as [string, string]
    const reports = await underLoad(() => dockerMeanwhile('kill', '--signal', 'KILL', replica))
    tell(reports)
    await stack.startAgain(replica)
    assert(failedOf(reports, 'GET', 'POST with Idempotency-Key') === 0, 'requests failed that could have been sent again')
    // About two streams per replica are open at any time; a short call is there for some milliseconds.
    assert(reports.stream.failed <= 10, `${reports.stream.failed} streams were cut`)
    assert(reports.POST.failed <= 3, `${reports.POST.failed} calls failed: more than a replica works on at one moment`)
  },

  'management answers at its own port only, metrics at neither': async () => {
    const login = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"username":"admin","password":"wrong"}' }
    const seen = {
      page: await statusOf(ADMIN_PORT, '/'),
      login: (await fetch(`http://127.0.0.1:${ADMIN_PORT}/api/admin/login`, login)).status,
      pageOutside: await statusOf(PORT, '/'),
      loginOutside: (await fetch(`http://127.0.0.1:${PORT}/api/admin/login`, login)).status,
      metricsOutside: await statusOf(PORT, '/metrics'),
    }
    const told = JSON.stringify(seen)
    assert(seen.page === 200 && seen.login === 401, told)
    assert(seen.pageOutside === 404 && seen.loginOutside === 404 && seen.metricsOutside === 404, told)
    const bindings = stack.inspect(stack.containers('load-balancer')[0] as string).HostConfig.PortBindings['8001/tcp'] as { HostIp: string }[]
    assert(
      bindings.every(({ HostIp }) => HostIp === '127.0.0.1'),
      `management is published on ${JSON.stringify(bindings)}`,
    )
  },

  'no secret stands in an environment, on a command line or in a log': async () => {
    const folder = join(ROOT, 'secrets')
    const secrets = readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8').trim()] as const)
    assert(secrets.length >= 6, `only ${secrets.length} secrets in ${folder}`)
    for (const container of stack.containers()) {
      const { Config, Name, State } = stack.inspect(container)
      const seen = [JSON.stringify(Config), stack.logs(container), State.Running ? stack.docker('top', container, '-eo', 'pid,args') : ''].join('\n')
      for (const [name, value] of secrets) assert(!seen.includes(value), `${name} can be seen at ${Name}`)
    }
  },

  'every container is locked down': async () => {
    for (const container of stack.containers()) {
      const { HostConfig, Name } = stack.inspect(container)
      assert(HostConfig.ReadonlyRootfs === true, `${Name} can write to its root`)
      assert(HostConfig.CapDrop?.includes('ALL'), `${Name} keeps capabilities`)
      assert(HostConfig.SecurityOpt?.includes('no-new-privileges:true'), `${Name} may gain privileges`)
    }
  },
}

let passed = 0
let failed = 0
for (const [name, check] of Object.entries(CHECKS)) {
  const begunMs = performance.now()
  try {
    await check()
    passed++
    process.stdout.write(`ok: ${name} (${Math.round((performance.now() - begunMs) / 1000)} s)\n`)
  } catch (error) {
    failed++
    process.stdout.write(`FAILED: ${name}\n   ${error instanceof Error ? error.message : String(error)}\n`)
  }
}
process.stdout.write(`${passed} passed, ${failed} failed\n`)
process.exit(failed === 0 ? 0 : 1)
