// Owns a real haproxy in front of several gateways, with health checks as an operator would set them.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createTemporaryFolder, findFreePort } from './free-port.ts'
import { ChildUnderTest } from './process.ts'

export interface RunningHaproxy {
  readonly port: number
  /** As haproxy sees it: `UP`, `DOWN`, `UP 1/2`…; by the order of the ports. */
  states(): Promise<string[]>
  stop(): Promise<void>
}

const START_MS = 15_000

export const hasHaproxy = spawnSync('haproxy', ['-v']).status === 0

/** @param ports of the gateways */
export async function startHaproxy(ports: readonly number[]): Promise<RunningHaproxy> {
  const folder = createTemporaryFolder('akr-haproxy')
  const port = await findFreePort()
  const statsPort = await findFreePort()
  const file = join(folder.path, 'haproxy.cfg')
  writeFileSync(
    file,
    `
global
  nbthread 1
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend gateway
  bind 127.0.0.1:${port}
  default_backend gateways
backend gateways
  balance roundrobin
  option httpchk GET /health/ready
  default-server check inter 500ms fastinter 200ms fall 2 rise 1
${ports.map((each, i) => `  server g${i} 127.0.0.1:${each}`).join('\n')}
frontend figures
  bind 127.0.0.1:${statsPort}
  stats enable
  stats uri /stats
`,
  )
  const child = new ChildUnderTest('haproxy', ['-f', file, '-db'], { env: { PATH: process.env.PATH } })
  const states = async (): Promise<string[]> => {
    const csv = await (await fetch(`http://127.0.0.1:${statsPort}/stats;csv`)).text()
    const [head = '', ...rows] = csv.split('\n')
    const column = head.split(',').indexOf('status')
    return rows.filter((row) => /^gateways,g\d/.test(row)).map((row) => row.split(',')[column] ?? '')
  }
  const deadlineMs = performance.now() + START_MS
  while (
    !(await states().then(
      (all) => all.length === ports.length,
      () => false,
    ))
  ) {
    if (child.exitStatus !== undefined || performance.now() > deadlineMs) throw new Error(`haproxy does not answer:\n${child.output}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return {
    port,
    states,
    stop: async () => {
      await child.kill()
      folder.remove()
    },
  }
}
