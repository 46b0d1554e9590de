// The shapes of the API by the names of the contract, taken from the server's own OpenAPI document (schema.d.ts is written by `make docs`).
import type { paths } from './schema.d.ts'

type Json<T> = T extends { content: { 'application/json': infer Body } } ? Body : never
type Answer<P extends keyof paths, M extends 'get' | 'post'> = paths[P][M] extends { responses: { 200: infer R } } ? Json<R> : never
type Body<P extends keyof paths, M extends 'post' | 'patch'> = paths[P][M] extends { requestBody?: infer B } ? Json<NonNullable<B>> : never

export interface List<T> {
  readonly data: readonly T[]
  readonly page: number
  readonly limit: number
  readonly total: number
}

/** As people of the whole gateway see it; people of an account see less. */
export type Upstream = Extract<Answer<'/upstreams/{id}', 'get'>, { keys: unknown }>
export type UpstreamBody = Body<'/upstreams', 'post'>
export type UpstreamKey = Answer<'/keys/{id}', 'get'>
export type KeyState = UpstreamKey['state']
export type KeyEvent = Answer<'/keys/{id}/events', 'get'>['data'][number]
export type KeyTest = Answer<'/keys/{id}/test', 'post'>
export type KeyImport = Answer<'/upstreams/{id}/keys/import', 'post'>
export type Adapter = Answer<'/adapters', 'get'>['data'][number]
export type ClientKey = Answer<'/client-keys/{id}', 'get'>
export type IssuedClientKey = ClientKey & { readonly key: string }
export type ClientKeyBody = Body<'/client-keys', 'post'>
export type Status = Answer<'/status', 'get'>
export type LoggedRequest = Answer<'/logs', 'get'>['data'][number]
export type LoggedRequestDetail = Answer<'/logs/{id}', 'get'>
export type Usage = Answer<'/usage', 'get'>
export type UsageGroup = Usage['data'][number]
export type Job = Answer<'/jobs', 'get'> extends { data: (infer Row)[] } ? Row : never
export type Route = Answer<'/routes/{id}', 'get'>
export type RouteBody = Body<'/routes', 'post'>
export type RouteAction = NonNullable<RouteBody['action']>
export type RouteCondition = Route['match']['headers'][number]
export type HeaderEdit = NonNullable<Route['rewrite']>['request_headers'][number]
export type SavedRoute = paths['/routes']['post']['responses'] extends { 201: infer R } ? Json<R> : never
export type RouteQuestion = Body<'/explain', 'post'>
export type Explanation = Answer<'/explain', 'post'>
export type Limits = ClientKey['limits']
export type Budget = NonNullable<ClientKey['budget']>
export type ClientKeyChange = Body<'/client-keys/{id}', 'patch'>
export type Account = Answer<'/accounts/{id}', 'get'>
export type AccountChange = Body<'/accounts/{id}', 'patch'>
export type User = Answer<'/users/{id}', 'get'>
export type UserBody = Body<'/users', 'post'>
export type UserChange = Body<'/users/{id}', 'patch'>
export type Settings = Answer<'/settings', 'get'>
export type AuditPage = Answer<'/audit', 'get'>
export type AuditEntry = AuditPage['data'][number]
export type AuditVerdict = Answer<'/audit/verify', 'get'>
