// In whose words to answer a caller that has named no upstream.
import type { Dialect } from '../domain/dialect.ts'
import { headerValue } from '../domain/message.ts'
import type { InboundHead } from './guard.ts'

export function guessDialect({ headers }: InboundHead, query: string): 'openai' | 'anthropic' | 'gemini' {
  if (headerValue(headers, 'x-goog-api-key') !== undefined || /(?:^|&)key=/.test(query)) return 'gemini'
  return headerValue(headers, 'anthropic-version') === undefined ? 'openai' : 'anthropic'
}

/** Paths that SDKs of language models call, wherever their base URL points. */
const LLM_PATH = /\/(?:chat\/completions|completions|responses|embeddings|messages|models)(?:\/|$)|:(?:stream)?[gG]enerateContent$|\/v1beta\//

/** `problem`, unless the path looks like a call to a language model. */
export function guessRouteDialect(head: InboundHead, path: string, query: string): Dialect {
  if (!LLM_PATH.test(path)) return 'problem'
  return path.includes('/v1beta/') || path.endsWith('enerateContent') ? 'gemini' : guessDialect(head, query)
}
