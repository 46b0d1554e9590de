// Whose limits a request is counted against, each with the names under which the store counts it.
import type { Account } from '../domain/account.ts'
import type { ClientKey } from '../domain/client-key.ts'
import { CLIENT_WINDOWS, type ClientLimits, limitsRequests } from '../domain/client-limits.ts'
import type { WindowLimit } from '../ports/limit-store.ts'
import { limitName, type LimitOwner } from './cache-names.ts'
import type { LiveClientKey } from './snapshot.ts'

export interface ScopeWindow extends WindowLimit {
  /** In RateLimit headers, messages and metrics. */
  readonly name: string
}

export interface LimitScope {
  readonly owner: LimitOwner
  /** Begins a sentence: "The client key 'x'". */
  readonly subject: string
  /** The shortest first. */
  readonly windows: readonly ScopeWindow[]
  readonly slots: { readonly name: string; readonly key: string; readonly max: number } | undefined
}

/** @param limits at least one of them is set */
export function createLimitScope(owner: LimitOwner, id: string, subject: string, limits: ClientLimits): LimitScope {
  const prefix = owner === 'client' ? '' : `${owner}_`
  const windows = CLIENT_WINDOWS.flatMap(({ name, windowMs }) => {
    const max = limits[name]
    return max === undefined ? [] : [{ name: prefix + name, key: limitName(owner, id, name), max, windowMs }]
  })
  const { maxInFlight: max } = limits
  const slots = max === undefined ? undefined : { name: `${prefix}max_in_flight`, key: limitName(owner, id, 'max_in_flight'), max }
  return { owner, subject, windows, slots }
}

/** A route's own limit: one window of any length. Another length begins a new count. */
export function createRouteScope(id: string, name: string, limit: { readonly requests: number; readonly windowMs: number }): LimitScope {
  const { requests: max, windowMs } = limit
  return {
    owner: 'route',
    subject: `The route '${name}'`,
    windows: [{ name: 'route', key: limitName('route', id, String(windowMs)), max, windowMs }],
    slots: undefined,
  }
}

/** Everything that one request is counted against after it was let in, in one claim: all of it counts, or nothing. */
export class LimitScopes {
  readonly #global: LimitScope | undefined
  /** Objects of a configuration live as long as it does, and so do their scopes. */
  readonly #known = new WeakMap<ClientKey | Account, LimitScope>()

  /** @param globalPerSecond requests of all clients together in any second; undefined = unlimited */
  constructor(globalPerSecond: number | undefined) {
    this.#global = globalPerSecond === undefined ? undefined : createLimitScope('global', 'all', 'This gateway', { rps: globalPerSecond })
  }

  /**
   * undefined when there is no limit at all, so that such a request costs nothing.
   * @param clientKey undefined on a route that asks for none
   * @param route the scope of the route that the request came by, when that has a limit
   */
  of(clientKey: LiveClientKey | undefined, route?: LimitScope): readonly LimitScope[] | undefined {
    const account = clientKey?.account === 'gone' ? undefined : clientKey?.account
    const [own, shared] = [requestLimits(clientKey), requestLimits(account)]
    if (own === undefined && shared === undefined && route === undefined && this.#global === undefined) return undefined
    const scopes: LimitScope[] = []
    if (own !== undefined) scopes.push(this.#scopeOf(own, clientScope))
    if (shared !== undefined) scopes.push(this.#scopeOf(shared, accountScope))
    if (route !== undefined) scopes.push(route)
    if (this.#global !== undefined) scopes.push(this.#global)
    return scopes
  }

  #scopeOf<T extends ClientKey | Account>(owner: T, create: (owner: T) => LimitScope): LimitScope {
    let scope = this.#known.get(owner)
    if (scope === undefined) this.#known.set(owner, (scope = create(owner)))
    return scope
  }
}

/** The owner, when it has limits that count requests and not only tokens. */
function requestLimits<T extends ClientKey | Account>(owner: T | undefined): T | undefined {
  return owner?.limits !== undefined && limitsRequests(owner.limits) ? owner : undefined
}

export function clientScope({ id, name, limits }: ClientKey): LimitScope {
  return createLimitScope('client', id, `The client key '${name}'`, limits ?? {})
}

function accountScope({ id, name, limits }: Account): LimitScope {
  return createLimitScope('account', id, `The account '${name}'`, limits ?? {})
}
