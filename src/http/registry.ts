// Every management endpoint is declared once: from the declaration come its route, its checks and its documentation.
import type { ServerResponse } from 'node:http'
import { z } from 'zod'
import type { SignedIn } from '../services/user-auth.ts'
import type { BodyType } from './request-body.ts'

export const PERMISSIONS = ['public', 'signed_in', 'viewer', 'operator', 'admin'] as const
/** Who may call: anybody; anybody signed in; or people with at least this role. */
export type Permission = (typeof PERMISSIONS)[number]

export const ACCOUNT_ACCESS = ['none', 'own'] as const
/**
 * What people of an account get: nothing, as if the path were not there; or what belongs to their account, which the handler
 * sees to with `call.own`. Without a word: nothing.
 */
export type AccountAccess = (typeof ACCOUNT_ACCESS)[number]

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete'

export interface Answer {
  readonly status: number
  /** Plain data with snake_case names; undefined = no body. */
  readonly body?: unknown
  readonly etag?: string | undefined
  readonly location?: string | undefined
  /** A new session for the browser that calls; 0 ms and an empty token end the one it has. */
  readonly session?: { readonly token: string; readonly maxAgeMs: number } | undefined
  /** Instead of `body`: takes over an answer whose head is set but not sent, and ends it. Not for calls with an Idempotency-Key. */
  readonly stream?: (response: ServerResponse) => void
  /** Called in the place of `stream` when only the head was asked for. */
  readonly discard?: () => void
}

/** A request that was authorised and validated. */
export interface Call<Params, Query, Body> {
  readonly params: Params
  readonly query: Query
  readonly body: Body
  readonly bodyType: BodyType | 'none'
  /** The person. @throws Error on a public route, where there is none */
  readonly signedIn: SignedIn
  /** The account that the person is confined to; undefined = nobody's bounds. All else must look as if it were not there. */
  readonly own: string | undefined
  /** Name of the person, for reasons and histories. */
  readonly actor: string
  /** Versions named by If-Match; undefined without the header or for `*`. */
  readonly seenVersions: readonly number[] | undefined
  /** See networkOf. */
  readonly network: string
  /** The session is a cookie: tokens go there, not into the answer. */
  readonly hasCookie: boolean
}

export interface ResponseDeclaration {
  readonly description: string
  readonly schema?: z.ZodType
  /** Default: application/json. */
  readonly contentType?: string
}

export interface RouteDeclaration<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> {
  readonly method: Method
  /** Below the mount, with `:name` parameters. */
  readonly path: string
  readonly permission: Permission
  /** Default: `none`. */
  readonly account?: AccountAccess
  /** Imperative, for the API's documentation. */
  readonly summary: string
  readonly tag: string
  readonly params?: P
  readonly query?: Q
  /** Schema of a JSON body; text bodies arrive as a string and are declared in `bodyTypes`. */
  readonly body?: B
  /** A JSON body that works on a fresh gateway, for the documentation. Every route that takes one has it. */
  readonly example?: z.input<B>
  /** Default: `json`. */
  readonly bodyTypes?: readonly BodyType[]
  /** Default: 1 MiB, and 16 KiB on public routes. */
  readonly bodyBytesMax?: number
  /**
   * What an Idempotency-Key does on a POST: `replay` the stored answer (default), or `secret`: the answer holds a value that is
   * shown once, so it is never stored and a repetition is refused; or `none`: the header is ignored.
   */
  readonly idempotency?: 'replay' | 'secret' | 'none'
  readonly responses: Readonly<Record<number, ResponseDeclaration>>
  handle(call: Call<z.output<P>, z.output<Q>, z.output<B>>): Promise<Answer> | Answer
}

/** A declaration whose schemas are known to the wrapper only. */
export interface Route extends Omit<RouteDeclaration<z.ZodType, z.ZodType, z.ZodType>, 'handle' | 'example'> {
  readonly example?: unknown
  handle(call: Call<unknown, unknown, unknown>): Promise<Answer> | Answer
}

const Nothing = z.strictObject({})

/** Declares one endpoint; the handler's argument has the types of its schemas. */
export function route<P extends z.ZodType = typeof Nothing, Q extends z.ZodType = typeof Nothing, B extends z.ZodType = z.ZodOptional<typeof Nothing>>(
  declaration: RouteDeclaration<P, Q, B>,
): Route {
  const { params, query, body, handle, ...rest } = declaration
  return {
    ...rest,
    params: params ?? Nothing,
    query: query ?? Nothing,
    body: body ?? Nothing.optional(),
    handle: (call) => handle(call as Call<z.output<P>, z.output<Q>, z.output<B>>),
  }
}

/**
 * Checks the declarations as a whole.
 * @throws Error for a route without a permission, without a documented answer, or declared twice
 */
export function createRegistry(routes: readonly Route[]): readonly Route[] {
  const names = new Set<string>()
  for (const { method, path, permission, account = 'none', responses } of routes) {
    const name = `${method.toUpperCase()} ${path}`
    if (!PERMISSIONS.includes(permission)) throw new Error(`The route ${name} declares no permission: it must say who may call it.`)
    if (!ACCOUNT_ACCESS.includes(account)) throw new Error(`The route ${name} does not say what people of an account get: none or own.`)
    if (!/^(?:\/(?:[a-z][a-z-]*|:[a-z]+))+$/.test(path)) throw new Error(`The route ${name} has a path that is not made of lower-case segments.`)
    if (Object.keys(responses).length === 0) throw new Error(`The route ${name} declares no answer.`)
    if (names.has(name)) throw new Error(`The route ${name} is declared twice.`)
    names.add(name)
  }
  return routes
}
