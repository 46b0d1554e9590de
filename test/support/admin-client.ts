// Owns calls to the management API as an admin would make them, over HTTP.

export interface AdminAnswer {
  readonly status: number
  readonly headers: Headers
  /** Parsed JSON, or the text when it is not JSON. */
  readonly body: any
  readonly text: string
}

export interface KeyView {
  readonly id: string
  readonly masked: string
  readonly state: string
  readonly reason: string
  /** RFC 3339, or null. */
  readonly until: string | null
  readonly label: string
}

export interface UpstreamSpec {
  readonly slug: string
  readonly base_url: string
  /** Default `generic`. */
  readonly adapter?: string
  /** Values of the pool, added in this order. */
  readonly keys?: readonly string[]
  /** Other members of the API. */
  readonly [member: string]: unknown
}

export class AdminClient {
  readonly #base: string
  #token = ''

  /** @param base URL of the listener that serves management */
  constructor(base: string) {
    this.#base = base
  }

  get token(): string {
    return this.#token
  }

  async signIn(username: string, password: string): Promise<void> {
    const answer = await this.call('POST', '/login', { username, password })
    if (answer.status !== 200) throw new Error(`login: ${answer.status} ${answer.text}`)
    this.#token = String(answer.body.access_token)
  }

  async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<AdminAnswer> {
    const sent: Record<string, string> = { ...headers }
    if (this.#token !== '') sent.Authorization ??= `Bearer ${this.#token}`
    if (body !== undefined) sent['Content-Type'] ??= 'application/json'
    const response = await fetch(`${this.#base}/api/admin${path}`, {
      method,
      headers: sent,
      body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: parse(text), text }
  }

  /** Like call, and throws unless the status is 2xx. Returns the parsed body. */
  async expectOk(method: string, path: string, body?: unknown): Promise<any> {
    const answer = await this.call(method, path, body)
    if (answer.status < 200 || answer.status > 299) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`)
    return answer.body
  }

  /** Creates an upstream with its keys; returns the upstream's id. */
  async addUpstream(spec: UpstreamSpec): Promise<string> {
    const { keys = [], ...upstream } = spec
    const kind = upstream.kind ?? (upstream.adapter === undefined || upstream.adapter === 'generic' ? 'generic' : 'llm')
    const created = await this.expectOk('POST', '/upstreams', { name: spec.slug, adapter: 'generic', ...upstream, kind })
    for (const value of keys) await this.addKey(created.id, value)
    return String(created.id)
  }

  async addKey(upstreamId: string, value: string, more: Record<string, unknown> = {}): Promise<KeyView> {
    return (await this.expectOk('POST', `/upstreams/${upstreamId}/keys`, { value, ...more })) as KeyView
  }

  async listKeys(upstreamId: string): Promise<KeyView[]> {
    return (await this.expectOk('GET', `/upstreams/${upstreamId}/keys?limit=1000`)).data as KeyView[]
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
