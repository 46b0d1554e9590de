// Drives a running docker-compose.prod.yml from outside: a stream through the load balancer, replicas that stop and die under load, what is
// closed to strangers. node test/stack/check.ts, with the stack up and not yet set up. Ends with `N passed, N failed`.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { CHAT, failedOf, HEAD, tell, underLoad, underWay } from './mixed-load.ts'
import { Stack } from './replicas.ts'

const ROOT = join(import.meta.dirname, '../..')
const PORT = Number(process.env.BACKEND_PORT ?? 8000)
const ADMIN_PORT = Number(process.env.ADMIN_PORT ?? 8001)
const DOCKER = process.env.DOCKER ?? 'docker'
const stack = new Stack(DOCKER, process.env.COMPOSE_PROJECT_NAME ?? 'api-key-rotator-enterprise')
const LOGIN_URL = `http://127.0.0.1:${ADMIN_PORT}/api/admin/login`
const LOGIN = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"username":"admin","password":"wrong"}' }
const RECOVERY_MAX_MS = 5_000

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
    const reports = await underLoad(PORT, () => dockerMeanwhile('stop', '--time', '40', replica))
    tell(reports)
    assert(stack.inspect(replica).State.ExitCode === 0, 'the replica did not end by itself')
    await stack.startAgain(replica)
    assert(failedOf(reports) === 0, 'requests failed')
  },

  'a replica that is killed costs no request that may be sent again, and of the others those only that it was working on': async () => {
    const [, replica] = stack.containers('gateway') as [string, string]
    const reports = await underLoad(PORT, () => dockerMeanwhile('kill', '--signal', 'KILL', replica))
    tell(reports)
    await stack.startAgain(replica)
    assert(failedOf(reports, 'GET', 'POST with Idempotency-Key') === 0, 'requests failed that could have been sent again')
    for (const name of ['POST', 'stream'] as const) {
      const { failed } = reports[name]
      assert(failed <= underWay(name, reports), `${failed} of ${name} failed: more than were under way, at most ${underWay(name, reports)}`)
    }
  },

  'the database and Redis going away costs no call; management says so, and comes back by itself': async () => {
    const servers = [...stack.containers('redis'), ...stack.containers('mysql'), ...stack.containers('postgres')]
    assert(servers.length === 2, `${servers.length} servers`)
    let statusMeanwhile = 0
    const reports = await underLoad(PORT, async () => {
      await dockerMeanwhile('kill', ...servers)
      statusMeanwhile = (await fetch(LOGIN_URL, LOGIN)).status
    })
    tell(reports)
    for (const server of servers) await stack.startAgain(server)
    assert(failedOf(reports) === 0, 'requests failed')
    const told = stack.logs(servers[0] as string)
    assert(told.includes('DB loaded from append only file') && !told.includes('CRITICAL'), `Redis did not read its file:\n${told.slice(-2000)}`)
    assert(statusMeanwhile === 503, `management answered ${statusMeanwhile}`)
    const deadlineMs = performance.now() + RECOVERY_MAX_MS
    while ((await fetch(LOGIN_URL, LOGIN)).status !== 401) assert(performance.now() < deadlineMs, `management is not back after ${RECOVERY_MAX_MS} ms`)
  },

  'management answers at its own port only, metrics at neither': async () => {
    const seen = {
      page: await statusOf(ADMIN_PORT, '/'),
      login: (await fetch(LOGIN_URL, LOGIN)).status,
      pageOutside: await statusOf(PORT, '/'),
      loginOutside: (await fetch(`http://127.0.0.1:${PORT}/api/admin/login`, LOGIN)).status,
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

  'akr doctor finds nothing wrong with it': async () => {
    const { stdout, stderr } = stack.run('exec', stack.containers('gateway')[0] as string, 'akr', 'doctor', '--json', '--url', 'http://load-balancer:8000')
    const findings = JSON.parse(stdout) as { name: string; status: string; detail: string }[]
    // Asked from inside, the port of management does answer; the check above asks from outside.
    const wrong = findings.filter(({ name, status }) => status !== 'pass' && name !== 'management')
    assert(wrong.length === 0, `${JSON.stringify(wrong)}\n${stderr}`)
    for (const name of ['database', 'cache', 'replicas', 'streaming'])
      assert(
        findings.some((finding) => finding.name === name),
        `no finding about ${name}`,
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
