// The model that a request asks for, for records of exchanges whose answer did not say which one it was.
import { headerValue } from '../domain/message.ts'
import { limits } from '../limits.ts'
import type { Admission } from './exchange-parts.ts'
import type { InboundHead } from './guard.ts'
import { readMembers } from './json-member.ts'

/** `/v1beta/models/<m>:generateContent`, `/openai/deployments/<m>/…` */
const MODEL_IN_PATH = /\/(?:models|tunedModels|deployments)\/([^/:]+)/i

/** At most limits.modelCharsKept characters; empty when the request names none where the gateway looks for it. */
export function askedModel({ headers }: InboundHead, { path, body }: Admission): string {
  const inPath = MODEL_IN_PATH.exec(path)?.[1]
  if (inPath !== undefined) return decode(inPath).slice(0, limits.modelCharsKept)
  const { buffer } = body
  if (buffer === undefined || buffer.length > limits.askedModelBytesMax || headerValue(headers, 'content-encoding') !== undefined) return ''
  const model = readMembers(buffer, isModel)?.[0]
  return typeof model === 'string' ? model.slice(0, limits.modelCharsKept) : ''
}

function isModel(name: string): boolean {
  return name === 'model'
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
