// Calls of the management API: same origin, session by cookie, errors in the words of the API.

/** What the API refused, or why it could not be asked. */
export class ApiError extends Error {
  /** HTTP status; 0 when the gateway did not answer. */
  readonly status: number
  /** Stable code of the gateway; empty when it did not answer. */
  readonly code: string
  /** Place and message of each mistake in what was sent. */
  readonly mistakes: readonly { readonly path: string; readonly message: string }[]

  constructor(message: string, status: number, code: string, mistakes: ApiError['mistakes'] = []) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.code = code
    this.mistakes = mistakes
  }
}

interface Problem {
  readonly detail?: string
  readonly title?: string
  readonly code?: string
  readonly errors?: ApiError['mistakes']
}

export interface CallOptions {
  /** Version that the change is based on. */
  readonly ifMatch?: string
  /** Told the version of what is answered. */
  readonly onVersion?: (etag: string) => void
  /** `text/plain` for pasted text. Default: JSON. */
  readonly type?: string
  readonly signal?: AbortSignal | undefined
}

type Listener = () => void
let onUnauthenticated: Listener = () => undefined

/** @param listener called when the session turns out to be over */
export function whenSessionEnds(listener: Listener): void {
  onUnauthenticated = listener
}

/**
 * @param path below /api/admin
 * @param body an object becomes JSON, a string is sent as it is
 * @throws ApiError
 */
export async function call<T>(method: string, path: string, body?: unknown, options: CallOptions = {}): Promise<T> {
  // Forms of other sites cannot send this header.
  const headers: Record<string, string> = { accept: 'application/json', 'x-akr-csrf': '1' }
  if (body !== undefined) headers['content-type'] = options.type ?? 'application/json'
  if (options.ifMatch !== undefined) headers['if-match'] = options.ifMatch
  const response = await fetch(`/api/admin${path}`, {
    method,
    headers,
    body: body === undefined || typeof body === 'string' ? (body ?? null) : JSON.stringify(body),
    credentials: 'same-origin',
    signal: options.signal ?? null,
  }).catch((error: unknown) => {
    if (options.signal?.aborted === true) throw error
    throw new ApiError('The gateway does not answer. Is it running?', 0, '')
  })
  const answer = response.status === 204 ? undefined : ((await response.json().catch(() => undefined)) as unknown)
  if (response.ok) {
    options.onVersion?.(response.headers.get('etag') ?? '*')
    return answer as T
  }
  const problem = (answer ?? {}) as Problem
  if (response.status === 401 && problem.code === 'unauthenticated') onUnauthenticated()
  throw new ApiError(problem.detail ?? problem.title ?? `The gateway answered ${response.status}.`, response.status, problem.code ?? '', problem.errors)
}
