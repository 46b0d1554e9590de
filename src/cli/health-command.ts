// akr health: asks the running gateway whether it is ready, for containers without curl.
import { readFileSync } from 'node:fs'
import { VariableReader } from '../config/variable-reader.ts'
import type { Environment } from '../build.ts'

const TIMEOUT_MS = 3_000

/** Where the server of this environment listens, as seen from the same machine; without reading any secret. */
export function localBaseUrl(environment: Environment): string {
  const reader = new VariableReader(environment, (path) => readFileSync(path, 'utf8'))
  const host = reader.text('HOST') ?? '0.0.0.0'
  const isAny = host === '0.0.0.0' || host === '::'
  return `http://${isAny ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host}:${reader.number('BACKEND_PORT') ?? 8000}`
}

export interface HealthAnswer {
  readonly isReady: boolean
  /** For people. */
  readonly detail: string
}

/** Never rejects. @param baseUrl without a trailing slash */
export async function askHealth(baseUrl: string): Promise<HealthAnswer> {
  try {
    const response = await fetch(`${baseUrl}/health/ready`, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'error' })
    const answer = (await response.json()) as { phase?: unknown }
    // Something else may listen there and answer 200 to everything.
    const isOurs = typeof answer.phase === 'string'
    if (!isOurs) return { isReady: false, detail: `${baseUrl} is not this gateway` }
    return { isReady: response.status === 200, detail: `${baseUrl} is ${String(answer.phase)}` }
  } catch (error) {
    const cause = (error as { cause?: { code?: string } }).cause?.code
    return { isReady: false, detail: `${baseUrl} does not answer (${cause ?? (error instanceof Error ? error.name : 'unknown error')})` }
  }
}
