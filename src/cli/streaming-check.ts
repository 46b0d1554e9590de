// Finds out whether something in front of the gateway holds streams back: the most common fault of a deployment.

export type StreamVerdict = 'streams' | 'buffered' | 'unavailable'

export interface StreamCheck {
  readonly verdict: StreamVerdict
  /** For people. */
  readonly detail: string
}

const TIMEOUT_MS = 20_000
/** Both streams pause 40 ms between their 12 to 15 pieces: an honest one takes several hundred ms. */
const SPREAD_MIN_MS = 150
const PIECES_MIN = 4

/** Reads a streamed answer, of the demo upstream where it is on, else one made for this, and looks at when its pieces came. Never rejects. */
export async function checkStreaming(baseUrl: string): Promise<StreamCheck> {
  try {
    const response = await openStream(baseUrl)
    if (!response.ok || response.body === null) return { verdict: 'unavailable', detail: `the check stream answered ${response.status}; try again in a moment` }
    return judge(await measure(response.body as ReadableStream<Uint8Array>))
  } catch (error) {
    return { verdict: 'unavailable', detail: `${baseUrl} does not answer (${error instanceof Error ? error.name : 'unknown error'})` }
  }
}

async function openStream(baseUrl: string): Promise<Response> {
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  const demo = await fetch(`${baseUrl}/llm/demo/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer demo' },
    body: JSON.stringify({ model: 'demo-1', stream: true, messages: [{ role: 'user', content: 'hi' }] }),
    signal,
    redirect: 'error',
  })
  if (demo.ok) return demo
  // After set-up there is no demo.
  await demo.body?.cancel()
  return fetch(`${baseUrl}/health/stream`, { signal, redirect: 'error' })
}

interface Measured {
  readonly pieces: number
  readonly spreadMs: number
}

async function measure(body: ReadableStream<Uint8Array>): Promise<Measured> {
  let pieces = 0
  let firstMs = 0
  for await (const piece of body) {
    if (piece.length === 0) continue
    if (pieces++ === 0) firstMs = performance.now()
  }
  return { pieces, spreadMs: Math.round(performance.now() - firstMs) }
}

function judge({ pieces, spreadMs }: Measured): StreamCheck {
  if (pieces >= PIECES_MIN && spreadMs >= SPREAD_MIN_MS) return { verdict: 'streams', detail: `${pieces} pieces over ${spreadMs} ms` }
  return {
    verdict: 'buffered',
    detail: `the answer came in ${pieces === 1 ? 'one piece' : `${pieces} pieces`} within ${spreadMs} ms: a proxy in front buffers. In nginx: proxy_buffering off;`,
  }
}
