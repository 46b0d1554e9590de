// Owns clients that spend tokens in parallel: streams that finish, streams that are aborted, and what all of them must have cost.
import type { ChaosUpstream } from './chaos-upstream.ts'
import { deltas, openaiChunk, openings } from './chaos/dialects.ts'
import type { ChaosExchange } from './chaos/exchange.ts'

/** What the scripted model says that a whole answer cost. */
export const FINISHED_TOKENS = 50
const MODEL = 'gpt-4o'
const [PROMPT_TOKENS, COMPLETION_TOKENS] = [20, 30]

/** A model that finishes what is asked with `x-req-id: finish…` and hangs after the head of all else. @returns whole answers so far */
export function scriptModel(chaos: ChaosUpstream): () => number {
  let finished = 0
  chaos.handle('/v1/chat/completions', async (exchange: ChaosExchange) => {
    exchange.startChunked(200, 'text/event-stream')
    for (const event of openings.openai(MODEL)) exchange.chunk(event)
    if (!exchange.entry.nonce.startsWith('finish')) return exchange.pause(3_600_000)
    for (let i = 0; i < 3; i++) exchange.chunk(deltas.openai(MODEL, `word ${i} `, i))
    const usage = { prompt_tokens: PROMPT_TOKENS, completion_tokens: COMPLETION_TOKENS, total_tokens: FINISHED_TOKENS }
    exchange.chunk(`data: ${JSON.stringify({ ...openaiChunk(MODEL), choices: [], usage })}\n\n`)
    exchange.chunk('data: [DONE]\n\n')
    exchange.endChunked()
    finished++
  })
  return () => finished
}

export interface SpendingClient {
  readonly url: string
  readonly key: string
  /** Tokens that the answer may have. */
  readonly maxTokens: number
}

export function requestBody(maxTokens: number): string {
  return JSON.stringify({ model: MODEL, stream: true, max_tokens: maxTokens, messages: [{ role: 'user', content: 'Count to three, please.' }] })
}

/** What an aborted stream without a word costs: its input, which nobody counted, at four bytes a token. */
export function abortedTokens(maxTokens: number): number {
  return Math.ceil(Buffer.byteLength(requestBody(maxTokens)) / 4)
}

/** @param kind `hang` is left after its first bytes @returns the status, and the code of a refusal */
export async function spend(
  { url, key, maxTokens }: SpendingClient,
  kind: 'finish' | 'hang',
  slug = 'oa',
): Promise<{ status: number; code: string; text: string }> {
  const leaving = new AbortController()
  const response = await fetch(`${url}/llm/${slug}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'x-req-id': `${kind}-1` },
    body: requestBody(maxTokens),
    signal: leaving.signal,
  })
  if (response.status === 200 && kind === 'hang') {
    await response.body?.getReader().read()
    leaving.abort()
    return { status: 200, code: '', text: '' }
  }
  const text = await response.text()
  return { status: response.status, code: response.headers.get('x-gateway-error') ?? '', text }
}

export interface SpendingReport {
  readonly finished: number
  readonly aborted: number
  readonly refused: number
  /** Answers that were neither. */
  readonly others: readonly string[]
}

/** All clients at once, each again and again until it is told that the budget is spent. Every other one aborts its streams. */
export async function spendAll(clients: readonly SpendingClient[]): Promise<SpendingReport> {
  let [finished, aborted, refused] = [0, 0, 0]
  const others: string[] = []
  const run = async (client: SpendingClient, index: number): Promise<void> => {
    const kind = index % 2 === 0 ? 'finish' : 'hang'
    for (;;) {
      const { status, code, text } = await spend(client, kind)
      if (status === 200 && kind === 'finish') finished++
      else if (status === 200) aborted++
      else if (code !== 'budget_exceeded') return void others.push(`${status} ${text}`)
      else if (text.includes('is spent')) return void refused++
      // Requests in flight hold the rest: when one of them ends there may be room.
      else await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
  await Promise.all(clients.map(run))
  return { finished, aborted, refused, others }
}
