// The upstreams of one account, for its people: which there are, and nothing of how they are reached.
import { isBound } from '../domain/account.ts'
import type { Upstream } from '../domain/upstream.ts'
import { GatewayError } from '../errors.ts'
import type { Page, PageRequest, Store } from '../ports/store.ts'

export class BoundUpstreams {
  readonly #store: Pick<Store, 'accounts' | 'upstreams'>

  constructor(store: Pick<Store, 'accounts' | 'upstreams'>) {
    this.#store = store
  }

  async list(accountId: string, page: PageRequest, search?: string): Promise<Page<Upstream>> {
    const account = await this.#store.accounts.findById(accountId)
    if (account === undefined) return { rows: [], total: 0 }
    if (account.bindings === undefined) return this.#store.upstreams.listPage(page, { search })
    const text = search?.toLowerCase() ?? ''
    const found = (await Promise.all(account.bindings.map(({ upstream }) => this.#store.upstreams.findBySlug(upstream))))
      .filter((upstream) => upstream !== undefined)
      .filter(({ slug, name }) => slug.includes(text) || name.toLowerCase().includes(text))
      .sort((a, b) => (a.id < b.id ? -1 : 1))
    return { rows: found.slice((page.page - 1) * page.limit, page.page * page.limit), total: found.length }
  }

  /** @throws GatewayError not_found, also for an upstream of others */
  async get(accountId: string, id: string): Promise<Upstream> {
    const [account, upstream] = await Promise.all([this.#store.accounts.findById(accountId), this.#store.upstreams.findById(id)])
    if (account !== undefined && upstream !== undefined && isBound(account, upstream.slug)) return upstream
    throw new GatewayError('not_found', `There is no upstream with the id "${id}".`)
  }
}
