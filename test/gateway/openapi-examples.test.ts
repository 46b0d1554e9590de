// Every operation of the OpenAPI document, called on a real gateway with the document's own example; answers are held against its schemas.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'

interface Operation {
  readonly method: string
  /** With `{id}` parameters. */
  readonly path: string
  readonly security: readonly unknown[]
  readonly requestBody?: { readonly required: boolean; readonly content: Readonly<Record<string, { readonly schema: object; readonly example?: unknown }>> }
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { readonly schema?: object }>> }>>
}

/** The order of a life: what makes things, what looks at them, what changes them, what ends them. */
const ORDER = ['post /', 'get', 'put', 'patch', 'post', 'delete']

let gateway: Gateway
let document: any
let operations: readonly Operation[]
let token: string

beforeAll(async () => {
  gateway = await startGateway()
  document = await (await fetch(`${gateway.url}/swagger/doc.json`)).json()
  operations = Object.entries<any>(document.paths).flatMap(([path, item]) =>
    Object.entries<any>(item).map(([method, operation]) => ({ ...operation, method, path }) as Operation),
  )
})
afterAll(() => gateway.close())

test('the document is whole: every body has an example, every answer with content a schema', () => {
  expect(operations.length).toBeGreaterThan(50)
  const lacking = operations.flatMap(({ method, path, requestBody, responses }) => {
    const name = `${method} ${path}`
    const json = requestBody?.content['application/json']
    return [
      ...(requestBody !== undefined && json !== undefined && json.example === undefined ? [`${name}: no example`] : []),
      ...Object.entries(responses).flatMap(([status, { content = {} }]) =>
        Object.values(content).some(({ schema }) => schema === undefined) ? [`${name}: ${status} has no schema`] : [],
      ),
    ]
  })
  expect(lacking).toEqual([])
})

test('Swagger UI needs nothing from elsewhere', async () => {
  const page = await (await fetch(`${gateway.url}/swagger/index.html`)).text()
  const links = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link = '']) => link)
  expect(links.length).toBeGreaterThan(3)
  for (const link of links) {
    expect(link).toMatch(/^[\w.-]+$/)
    expect((await fetch(`${gateway.url}/swagger/${link}`)).status).toBe(200)
  }
})

/** A key is deleted before its pool is emptied, and that before the upstream goes. */
const DELETED_FIRST = ['/keys/{id}', '/upstreams/{id}/keys']

function placeOf({ method, path }: Operation): number {
  if (method !== 'delete') return path.length
  const first = DELETED_FIRST.indexOf(path)
  return first < 0 ? DELETED_FIRST.length : first
}

function rankOf({ method, path }: Operation): number {
  // A path without parameters that is posted to makes something.
  const isMaking = method === 'post' && (!path.includes('{') || /\{id\}\/keys$/.test(path))
  return ORDER.indexOf(isMaking ? 'post /' : method)
}

test('every operation does what it says with its own example', async () => {
  const ids = new Map<string, string>()
  const ajv = new Ajv2020({ strict: false, validateFormats: false })
  const problems: string[] = []
  const called = new Set<string>()
  token = await signIn()
  const inOrder = [...operations].sort((a, b) => rankOf(a) - rankOf(b) || placeOf(a) - placeOf(b))
  ids.set('/logs', await makeRequest())
  const waiting = await makeWaitingJob()
  for (const operation of inOrder) {
    const name = `${operation.method} ${operation.path}`
    const special = SPECIAL[name]
    const path = operation.path === '/jobs/{id}/cancel' ? `/jobs/${waiting}/cancel` : fillPath(operation.path, ids)
    if (path === undefined) {
      problems.push(`${name}: nothing was made that it could be called on`)
      continue
    }
    const answer = await call(operation, path)
    called.add(name)
    const expected = special?.status === undefined ? Object.keys(operation.responses).filter((status) => status.startsWith('2')) : [String(special.status)]
    if (!expected.includes(String(answer.status))) {
      problems.push(`${name}: ${answer.status} ${answer.text.slice(0, 300)}`)
      continue
    }
    problems.push(...findMismatch(ajv, operation, answer).map((text) => `${name}: ${text}`))
    const made = (answer.json as { id?: unknown } | undefined)?.id
    if (operation.method === 'post' && answer.status < 300 && typeof made === 'string' && !ids.has(operation.path)) ids.set(operation.path, made)
    if (name === 'post /auth/logout') token = await signIn()
  }
  expect(problems).toEqual([])
  expect(called.size).toBe(operations.length)
}, 60_000)

interface Special {
  readonly status?: number
}

/** Where the example alone cannot be enough, and what is expected instead. */
const SPECIAL: Readonly<Record<string, Special>> = {
  // There is an admin already, so set-up is closed.
  'post /setup': { status: 404 },
  // The example's people do not exist here; signIn() shows the rest.
  'post /login': { status: 401 },
  'post /auth/login': { status: 401 },
  // It wants a WebSocket; test/gateway/live-events.test.ts opens one.
  'get /ws': { status: 400 },
}

interface Answer {
  readonly status: number
  readonly type: string
  readonly text: string
  readonly json: unknown
}

/** @returns the id of a request that stands in the log */
async function makeRequest(): Promise<string> {
  const id = 'an-example-request'
  await fetch(`${gateway.url}/llm/none/v1/models`, { headers: { authorization: `Bearer ${gateway.clientKey}`, 'x-request-id': id } })
  await until(async () => (await gateway.admin.call('GET', `/logs/${id}`)).status === 200)
  return id
}

/** A job that has not ended when it is cancelled. */
async function makeWaitingJob(): Promise<string> {
  const upstream = await gateway.addUpstream({ slug: 'for-a-job', base_url: 'https://api.example.com' })
  const body = { kind: 'key_validation', payload: { upstream_id: upstream }, run_at: '2100-01-01T00:00:00Z' }
  return String((await gateway.admin.expectOk('POST', '/jobs', body)).id)
}

async function signIn(): Promise<string> {
  const response = await fetch(`${gateway.url}/api/admin/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'admin', password: gateway.adminPassword }),
  })
  expect(response.status).toBe(200)
  return ((await response.json()) as { access_token: string }).access_token
}

async function call({ requestBody, method, security }: Operation, path: string): Promise<Answer> {
  const example = requestBody?.content['application/json']?.example
  const headers = {
    ...(security.length > 0 ? { authorization: `Bearer ${token}` } : {}),
    ...(example === undefined ? {} : { 'content-type': 'application/json' }),
  }
  const response = await fetch(`${gateway.url}/api/admin${path}`, {
    method: method.toUpperCase(),
    headers,
    body: example === undefined ? null : JSON.stringify(example),
  })
  const type = response.headers.get('content-type')?.split(';')[0] ?? ''
  if (type === 'text/event-stream') {
    await response.body?.cancel()
    return { status: response.status, type, text: '', json: undefined }
  }
  const text = await response.text()
  return { status: response.status, type, text, json: type.endsWith('json') ? JSON.parse(text) : undefined }
}

/** `/upstreams/{id}` with the id of what `POST /upstreams` made. */
function fillPath(path: string, ids: ReadonlyMap<string, string>): string | undefined {
  if (!path.includes('{')) return path
  const collection = path.slice(0, path.indexOf('/{'))
  const id = ids.get(collection) ?? ids.get(`/upstreams/{id}${collection}`)
  return id === undefined ? undefined : path.replace(/\{\w+\}/, id)
}

function findMismatch(ajv: Ajv2020, { responses }: Operation, { status, type, json }: Answer): string[] {
  const content = responses[String(status)]?.content
  if (content === undefined) return json === undefined || status >= 400 ? [] : [`${status} has a body that is not documented`]
  const schema = content[type]?.schema
  if (schema === undefined) return status >= 400 ? [] : [`${status} answers ${type || 'nothing'}, documented are ${Object.keys(content).join(', ')}`]
  if (json === undefined) return []
  const validate = ajv.compile(schema)
  return validate(json) ? [] : [ajv.errorsText(validate.errors)]
}
