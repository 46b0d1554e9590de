// The few lines a person reads at the first start.
import { hostname } from 'node:os'
import type { Composition } from './compose.ts'
import type { Config } from './config.ts'

/** @param port the port the main listener got */
export async function announceStart(composition: Composition, config: Config, port: number): Promise<void> {
  const base = config.publicBaseUrl ?? `http://localhost:${port}`
  const page = config.adminListen === undefined ? base : `http://${config.adminListen.host}:${config.adminListen.port}`
  const lines = [
    `API Key Rotator ${config.version}  ${config.build} · node ${process.versions.node} · ${hostname()}`,
    `  Page       ${page}`,
    `  Call       ${base}/llm/<upstream>/…   ${base}/proxy/<upstream>/…`,
    `  API docs   ${page}/swagger/index.html`,
    `  Data       ${config.dataDir}`,
  ]
  const { generated, file } = config.secrets
  if (generated.length > 0) lines.push(`  Secrets    ${file ?? ''}  created: ${generated.join(', ')}  -> back this file up`)
  const { announce } = composition.get('logging')
  for (const line of lines) announce('gateway.started', line)
  const announceWayIn = async (): Promise<void> => {
    for (const line of await renderWayIn(composition, base, page)) announce('gateway.started', line)
  }
  // While the database is away nobody can set anything up; that it is awaited stands in the log.
  if (composition.arrival === undefined || composition.arrival.isDone) return announceWayIn()
  void composition.arrival.done.then(announceWayIn).catch(() => undefined)
}

async function renderWayIn(composition: Composition, base: string, page: string): Promise<readonly string[]> {
  const lines: string[] = []
  const { setup } = composition.get('management')
  if (await setup.isOpen()) {
    const token = await setup.issueToken()
    lines.push(`  Set up now ${page}/setup#t=${token.reveal()}   (works once, for 60 minutes; akr setup-link prints a new one)`)
  }
  if (composition.demo() !== undefined) {
    lines.push(
      `  Try it     curl -N ${base}/llm/demo/v1/chat/completions -H 'Authorization: Bearer demo' -H 'Content-Type: application/json' -d '{"model":"demo-1","stream":true,"messages":[{"role":"user","content":"hi"}]}'`,
    )
  }
  return lines
}
