// Finds out whether something in front of the gateway holds streams back: the most common fault of a deployment.

export type StreamVerdict = 'streams' | 'buffered' | 'unavailable'

export interface StreamCheck {
  readonly verdict: StreamVerdict
  /** For people. */
  readonly detail: string
}

const TIMEOUT_MS = 20_000
/** The demo pauses 40 ms between words, about 15 of them: an honest stream takes several hundred ms. */
const SPREAD_MIN_MS = 150
const PIECES_MIN = 4

/** Reads a streamed answer of the demo upstream and looks at when its pieces came. Never rejects. */
export async function checkStreaming(baseUrl: string): Promise<StreamCheck> {
  try {
    const response = await fetch(`${baseUrl}/llm/demo/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer demo' },
      body: JSON.stringify({ model: 'demo-1', stream: true, messages: [{ role: 'user', content: 'hi' }] }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
      redirect: 'error',
    })
    if (!response.ok || response.body === null)
      return { verdict: 'unavailable', detail: `the demo upstream answered ${response.status}; it is off after set-up unless DEMO_MODE=on` }
    let pieces = 0
    let firstMs = 0
    for await (const piece of response.body as ReadableStream<Uint8Array>) {
      if (piece.length === 0) continue
      if (pieces++ === 0) firstMs = performance.now()
    }
    const spreadMs = Math.round(performance.now() - firstMs)
    if (pieces >= PIECES_MIN && spreadMs >= SPREAD_MIN_MS) return { verdict: 'streams', detail: `${pieces} pieces over ${spreadMs} ms` }
    return {
      verdict: 'buffered',
      detail: `the answer came in ${pieces === 1 ? 'one piece' : `${pieces} pieces`} within ${spreadMs} ms: a proxy in front buffers. In nginx: proxy_buffering off;`,
    }
  } catch (error) {
    return { verdict: 'unavailable', detail: `${baseUrl} does not answer (${error instanceof Error ? error.name : 'unknown error'})` }
  }
}
