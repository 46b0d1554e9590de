// Says how far the token limits and budgets of a client key and its account are used.
import type { Store } from '../ports/store.ts'
import type { SpendingLimiter, SpendingState } from './spending-limiter.ts'
import { accountMeters, clientMeters, type SpendingMeter } from './spending-meters.ts'

export interface ExplainedMeter extends Pick<SpendingMeter, 'name' | 'unit' | 'max'> {
  /** undefined when it cannot be read now. */
  readonly state: SpendingState | undefined
}

export class SpendingExplainer {
  readonly #store: Pick<Store, 'clientKeys' | 'accounts'>
  readonly #spending: Pick<SpendingLimiter, 'look'>

  constructor(store: Pick<Store, 'clientKeys' | 'accounts'>, spending: Pick<SpendingLimiter, 'look'>) {
    this.#store = store
    this.#spending = spending
  }

  /** Empty when nothing is counted, and for a key that is not there. */
  async explain(clientKeyId: string): Promise<readonly ExplainedMeter[]> {
    const clientKey = await this.#store.clientKeys.findById(clientKeyId)
    if (clientKey === undefined) return []
    const account = clientKey.accountId === undefined ? undefined : await this.#store.accounts.findById(clientKey.accountId)
    const meters = [...clientMeters(clientKey), ...(account === undefined ? [] : accountMeters(account))]
    return Promise.all(meters.map(async (meter) => ({ ...meter, state: await this.#spending.look(meter).catch(() => undefined) })))
  }
}
