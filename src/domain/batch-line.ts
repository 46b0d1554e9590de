// One line of a batch: what it must look like, and which upstream it is for.
import type { BatchFault } from './batch.ts'

/** Paths that address an upstream by `model: "<upstream>/<model>"`. */
export const BATCH_ENDPOINTS: readonly string[] = [
  '/v1/chat/completions',
  '/v1/completions',
  '/v1/responses',
  '/v1/embeddings',
  '/v1/moderations',
  '/v1/images/generations',
]

/** Where a line goes: below `/llm/<slug>`. */
export interface LineTarget {
  readonly slug: string
  /** Path behind the slug. */
  readonly rest: string
  /** What the vendor is asked for instead of `<upstream>/<model>`; undefined = the body goes as it is. */
  readonly model: string | undefined
}

export interface BatchLine {
  readonly customId: string
  readonly target: LineTarget
}

const CUSTOM_ID_CHARS_MAX = 512
const OWN_PATH = /^\/llm\/([a-z0-9][a-z0-9-]{0,62})(\/[\w\-./:@~%]{1,500})$/

/** Whether lines of a batch may ask for this path. */
export function isBatchEndpoint(endpoint: string): boolean {
  return BATCH_ENDPOINTS.includes(endpoint) || OWN_PATH.test(endpoint)
}

/** @param endpoint of the batch: each line names it again */
export function parseBatchLine(text: string, endpoint: string): BatchLine | BatchFault {
  const value = parseObject(text)
  if (value === undefined) return { code: 'invalid_json_line', message: 'This line is not a JSON object.' }
  const { custom_id: customId, method, url, body } = value
  if (typeof customId !== 'string' || customId === '') return missing('custom_id', 'a text that names the request')
  if (customId.length > CUSTOM_ID_CHARS_MAX) {
    return { code: 'invalid_custom_id', message: `The custom_id is longer than ${CUSTOM_ID_CHARS_MAX} characters.`, param: 'custom_id' }
  }
  if (method !== 'POST') return { code: 'invalid_method', message: 'The method must be POST.', param: 'method' }
  if (url !== endpoint) return { code: 'mismatched_url', message: `The url must be that of the batch: ${endpoint}.`, param: 'url' }
  if (!isObject(body)) return missing('body', 'a JSON object')
  if (body.stream === true) return { code: 'stream_not_allowed', message: 'A batch has no streams: leave out "stream".', param: 'body.stream' }
  const target = findTarget(endpoint, body.model)
  return 'slug' in target ? { customId, target } : target
}

function findTarget(endpoint: string, model: unknown): LineTarget | BatchFault {
  const [, slug, rest] = OWN_PATH.exec(endpoint) ?? []
  if (slug !== undefined && rest !== undefined) return { slug, rest, model: undefined }
  const slash = typeof model === 'string' ? model.indexOf('/') : -1
  if (typeof model !== 'string' || slash < 1 || slash === model.length - 1) {
    return {
      code: 'model_not_found',
      message: 'Write the model as "<upstream>/<model>", or name the upstream in the url: /llm/<upstream>/v1/….',
      param: 'body.model',
    }
  }
  return { slug: model.slice(0, slash), rest: endpoint, model: model.slice(slash + 1) }
}

function missing(param: string, what: string): BatchFault {
  return { code: 'missing_required_parameter', message: `${param} must be ${what}.`, param }
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
