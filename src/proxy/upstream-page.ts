// The small page at `/llm/<slug>` and `/proxy/<slug>`: what this is and how to call it.
import type { Upstream } from '../domain/upstream.ts'

export function renderUpstreamPage(upstream: Upstream, publicBaseUrl: string): string {
  const prefix = upstream.kind === 'llm' ? 'llm' : 'proxy'
  return JSON.stringify({
    upstream: upstream.slug,
    kind: upstream.kind,
    speaks: upstream.adapter,
    base_url: `${publicBaseUrl}/${prefix}/${upstream.slug}`,
    how: 'Send requests below this address with a client key of the gateway, in the place where the vendor expects its own key (or as X-Proxy-Key).',
  })
}
