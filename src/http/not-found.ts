// What is said at paths that nothing serves: in the dialect of the SDK that probably called.
import type { RequestHandler } from 'express'
import { GatewayError } from '../errors.ts'
import { answerError } from '../proxy/gateway-answer.ts'
import type { RequestIds } from '../proxy/headers.ts'

export interface NotFoundDependencies {
  readonly requestIds: RequestIds
  /** Slugs of enabled LLM upstreams, for a hint. */
  readonly llmSlugs: () => readonly string[]
}

const SDK_PATH = /^\/(v1|v1beta)(?:\/|$)/

export function createNotFound({ requestIds, llmSlugs }: NotFoundDependencies): RequestHandler {
  return (request, response) => {
    const path = request.originalUrl.split('?', 1)[0] as string
    const version = SDK_PATH.exec(path)?.[1]
    const slug = llmSlugs()[0]
    const hint =
      version === undefined
        ? 'The gateway serves /llm/<upstream>/…, /proxy/<upstream>/…, /api/admin, /health, /metrics, /swagger/index.html and the web UI at /.'
        : `Name the upstream first: ${slug === undefined ? '/llm/<upstream>' : `/llm/${slug}`}${path.slice(0, 100)}`
    const error = new GatewayError('route_not_found', `Nothing is served at this path. ${hint}`)
    const dialect = version === undefined ? 'problem' : version === 'v1beta' ? 'gemini' : 'openai'
    answerError(request, response, error, { dialect, requestId: requestIds.idFor(request.get('x-request-id')), attempts: 0, upstream: undefined })
  }
}
