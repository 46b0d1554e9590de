// The reservations that requests of this process hold: kept while they run, so that only those of a dead process run out.
import { limits } from '../limits.ts'
import type { AmountClaim } from '../ports/amount-store.ts'

interface Holding {
  readonly claim: AmountClaim
  /** Where it stands in the list; -1 once let go. */
  index: number
}

export class HeldReservations {
  /** A list with swap-remove, because it changes with every request. */
  readonly #held: Holding[] = []
  readonly #renew: (claims: readonly AmountClaim[]) => void
  #timer: NodeJS.Timeout | undefined

  /** @param renew keeps them in the store; must not throw */
  constructor(renew: (claims: readonly AmountClaim[]) => void) {
    this.#renew = renew
  }

  get claims(): readonly AmountClaim[] {
    return this.#held.map(({ claim }) => claim)
  }

  /** Renews the claim until the returned function is called. */
  hold(claim: AmountClaim): () => void {
    const holding: Holding = { claim, index: this.#held.length }
    this.#held.push(holding)
    this.#timer ??= setInterval(() => this.renew(), limits.slotRenewMs).unref()
    return () => this.#letGo(holding)
  }

  /** All of them now; happens by itself every limits.slotRenewMs. */
  renew(): void {
    if (this.#held.length > 0) return this.#renew(this.claims)
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #letGo(holding: Holding): void {
    if (holding.index < 0) return
    const last = this.#held.pop() as Holding
    if (last !== holding) {
      this.#held[holding.index] = last
      last.index = holding.index
    }
    holding.index = -1
  }
}
