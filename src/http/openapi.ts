// Writes the OpenAPI 3.1 document from the same declarations that serve and validate.
import { STATUS_CODES } from 'node:http'
import { z } from 'zod'
import { PERMISSIONS } from './registry.ts'
import type { Permission, Route } from './registry.ts'

type Json = Record<string, unknown>

const PROBLEM = 'application/problem+json'

const ProblemView = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string().describe('What happened, whose fault it is, and what to do.'),
  instance: z.string(),
  code: z.string().describe('Stable; act on this.'),
  request_id: z.string(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
})

/** @param routes of createRegistry */
export function createOpenApiDocument(routes: readonly Route[], version: string): Json {
  const paths: Record<string, Json> = {}
  for (const route of routes) {
    const path = route.path.replace(/:([a-z]+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method]: describeOperation(route) }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'API Key Rotator: management', version, description: 'The same paths answer below /api.', license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: '/api/admin' }, { url: '/api' }],
    tags: [...new Set(routes.map((route) => route.tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'The access_token of POST /login.' } },
      schemas: { Problem: toSchema(ProblemView, 'output') },
      responses: {
        Problem: problem('Refused or failed (RFC 9457).'),
        ...Object.fromEntries(Object.entries(REFUSALS).map(([status, description]) => [`Refused${status}`, problem(description)])),
      },
    },
  }
}

function describeOperation(route: Route): Json {
  const isUpdate = route.method === 'put' || route.method === 'patch' || route.method === 'delete'
  const parameters = [
    ...describeParameters(route.params, 'path'),
    ...describeParameters(route.query, 'query'),
    ...(isUpdate && route.path.includes(':') ? [header('If-Match', 'ETag that the change is based on; another one answers 412.')] : []),
    ...(isReplayable(route) ? [header('Idempotency-Key', 'A repetition within 24 hours is not done twice.')] : []),
  ]
  const isPublic = route.permission === 'public'
  return {
    operationId: operationId(route),
    summary: route.summary,
    description: `Permission: ${describePermission(route.permission)}.`,
    tags: [route.tag],
    security: isPublic ? [] : [{ bearer: [] }],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...describeBody(route),
    responses: { ...describeResponses(route), ...describeRefusals(route), default: { $ref: '#/components/responses/Problem' } },
  }
}

function describeBody(route: Route): Json {
  if (route.body === undefined || route.method === 'get' || route.method === 'delete') return {}
  const schema = toSchema(route.body, 'input')
  // A body that says nothing is accepted but not worth documenting.
  if (schema['properties'] !== undefined && Object.keys(schema['properties'] as Json).length === 0) return {}
  const content: Json = { 'application/json': { schema, ...(route.example === undefined ? {} : { example: route.example }) } }
  if (route.bodyTypes?.includes('text')) content['text/plain'] = { schema: { type: 'string' } }
  if (route.bodyTypes?.includes('csv')) content['text/csv'] = { schema: { type: 'string' } }
  return { requestBody: { required: !route.body.safeParse(undefined).success, content } }
}

function describeResponses(route: Route): Json {
  return Object.fromEntries(
    Object.entries(route.responses).map(([status, { description, schema, contentType = 'application/json' }]) => {
      const content = schema === undefined ? {} : { content: { [contentType]: { schema: toSchema(schema, 'output') } } }
      return [status, { description: description || STATUS_CODES[status] || '', ...content }]
    }),
  )
}

/** Statuses with which a route may refuse, as its declaration implies them. */
function describeRefusals(route: Route): Json {
  const isPublic = route.permission === 'public'
  const hasId = route.path.includes(':')
  const isWrite = route.method !== 'get'
  const takesInput = isWrite || (route.query instanceof z.ZodObject && Object.keys(route.query.shape).length > 0)
  const refusals: Record<number, boolean> = {
    400: isWrite,
    401: !isPublic,
    403: !isPublic,
    404: hasId,
    409: isWrite && !isPublic,
    412: hasId && isWrite && route.method !== 'post',
    415: route.method === 'post' || route.method === 'put' || route.method === 'patch',
    422: takesInput,
    503: true,
  }
  const statuses = Object.keys(refusals).filter((status) => refusals[Number(status)] === true && !Object.hasOwn(route.responses, status))
  return Object.fromEntries(statuses.map((status) => [status, { $ref: `#/components/responses/Refused${status}` }]))
}

const REFUSALS: Readonly<Record<number, string>> = {
  400: 'The request could not be read.',
  401: 'Nobody is signed in, or the access token has expired.',
  403: 'The role of the person does not allow it.',
  404: 'There is no such thing, or the person may not know of it.',
  409: 'Conflicts with what is stored, or a repetition of a call whose answer is shown once.',
  412: 'Changed by somebody else since the ETag in If-Match.',
  415: 'Send JSON.',
  422: 'The input is not valid; `errors` has the place of each mistake.',
  503: 'The database does not answer; try again soon.',
}

function problem(description: string): Json {
  return { description, content: { [PROBLEM]: { schema: { $ref: '#/components/schemas/Problem' } } } }
}

function describeParameters(schema: z.ZodType | undefined, place: 'path' | 'query'): Json[] {
  if (!(schema instanceof z.ZodObject)) return []
  return Object.entries(schema.shape as Record<string, z.ZodType>).map(([name, field]) => {
    const isRequired = place === 'path' || !field.safeParse(undefined).success
    return { name, in: place, required: isRequired, schema: toSchema(field, field instanceof z.ZodPipe || hasPipe(field) ? 'input' : 'output') }
  })
}

/** A transformed parameter has no schema for what comes out; what goes in is what callers need. */
function hasPipe(field: z.ZodType): boolean {
  return field instanceof z.ZodDefault && field.unwrap() instanceof z.ZodPipe
}

function header(name: string, description: string): Json {
  return { name, in: 'header', required: false, description, schema: { type: 'string' } }
}

function isReplayable(route: Route): boolean {
  return route.method === 'post' && route.permission !== 'public' && route.idempotency !== 'none'
}

function describePermission(permission: Permission): string {
  if (permission === 'public') return 'none, anybody may call it'
  if (permission === 'signed_in') return 'anybody who is signed in'
  return PERMISSIONS.slice(PERMISSIONS.indexOf(permission)).join(' or ')
}

function operationId({ method, path }: Route): string {
  const words = path
    .split(/[/-]/)
    .filter((word) => word !== '')
    .map((word) => (word.startsWith(':') ? `by-${word.slice(1)}` : word))
  return [method, ...words].join('-').replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
}

function toSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { target: 'draft-2020-12', io }) as Json
  return rest
}
