// Asks the Prometheus of docker-compose.observability.yml what it sees of the gateway and of our rules. Exit code 0 when all is well.
import assert from 'node:assert/strict'
import { ALERT_RULES } from '../../scripts/alert-rules.ts'
import { DASHBOARDS } from '../../scripts/dashboards.ts'

const gateway = `http://127.0.0.1:${process.env['BACKEND_PORT'] ?? '8000'}`
const prometheus = `http://127.0.0.1:${process.env['PROMETHEUS_PORT'] ?? '9090'}`
const DEADLINE_MS = 120_000
const POLL_MS = 500

interface Answer {
  readonly status: string
  readonly data: {
    readonly result?: readonly unknown[]
    readonly groups?: readonly { readonly rules: readonly { readonly name: string; readonly health: string }[] }[]
  }
}

async function ask(path: string): Promise<Answer> {
  const response = await fetch(`${prometheus}/api/v1/${path}`, { signal: AbortSignal.timeout(10_000) })
  return (await response.json()) as Answer
}

function query(expression: string): Promise<Answer> {
  return ask(`query?query=${encodeURIComponent(expression)}`)
}

/** Prometheus collects when its time has come: asked until it has. */
async function until(what: string, isTrue: () => Promise<boolean>): Promise<void> {
  const deadlineMs = Date.now() + DEADLINE_MS
  for (;;) {
    if (await isTrue().catch(() => false)) return
    assert.ok(Date.now() < deadlineMs, `${what}: not within ${DEADLINE_MS} ms`)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

const answer = await fetch(`${gateway}/llm/demo/v1/chat/completions`, {
  method: 'POST',
  headers: { authorization: 'Bearer demo', 'content-type': 'application/json' },
  body: JSON.stringify({ model: 'demo-1', messages: [{ role: 'user', content: 'hi' }] }),
})
assert.equal(answer.status, 200)
await answer.arrayBuffer()

await until('the gateway is collected from', async () => (await query('up{job="api-key-rotator"} == 1')).data.result?.length === 1)
await until('the call is counted', async () => ((await query('akr_proxy_requests_total{upstream="demo"} >= 1')).data.result?.length ?? 0) > 0)

const rules = async () => ((await ask('rules')).data.groups ?? []).flatMap((group) => group.rules)
await until('every rule was evaluated', async () => (await rules()).every(({ health }) => health !== 'unknown'))
assert.deepEqual(
  (await rules()).map(({ name, health }) => `${name} ${health}`),
  Object.keys(ALERT_RULES).map((name) => `${name} ok`),
)

for (const { title, panels } of DASHBOARDS) {
  for (const panel of panels) {
    for (const { expression } of panel.queries) {
      const filled = expression.replaceAll('$__rate_interval', '1m').replaceAll('$__range', '1h').replaceAll('$upstream', '.*')
      assert.equal((await query(filled)).status, 'success', `${title} › ${panel.title}: ${filled}`)
    }
  }
}
process.stdout.write(`Prometheus collects from the gateway, ${(await rules()).length} rules are evaluated, ${DASHBOARDS.length} dashboards can be filled\n`)
