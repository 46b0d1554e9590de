// The small page at `/llm/<slug>` and `/proxy/<slug>`: what this is and how to call it.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Upstream } from '../domain/upstream.ts'
import type { DataPlaneDependencies } from './data-plane-dependencies.ts'

type PageDependencies = Pick<DataPlaneDependencies, 'publicBaseUrl' | 'cors'>

export function answerUpstreamPage(
  request: IncomingMessage,
  response: ServerResponse,
  upstream: Upstream,
  requestId: string,
  { publicBaseUrl, cors }: PageDependencies,
): void {
  const body = renderUpstreamPage(upstream, publicBaseUrl())
  response.writeHead(200, [
    'content-type',
    'application/json',
    'content-length',
    String(Buffer.byteLength(body)),
    'x-content-type-options',
    'nosniff',
    'x-request-id',
    requestId,
    'request-id',
    requestId,
    ...(cors?.headersFor(request.headers.origin) ?? []),
  ])
  response.end(request.method === 'HEAD' ? undefined : body)
}

function renderUpstreamPage(upstream: Upstream, publicBaseUrl: string): string {
  const prefix = upstream.kind === 'llm' ? 'llm' : 'proxy'
  return JSON.stringify({
    upstream: upstream.slug,
    kind: upstream.kind,
    speaks: upstream.adapter,
    base_url: `${publicBaseUrl}/${prefix}/${upstream.slug}`,
    how: 'Send requests below this address with a client key of the gateway, in the place where the vendor expects its own key (or as X-Proxy-Key).',
  })
}
