// Wires what counts tokens and money: in the cache that replicas share, and in the database.
import { createId } from '../domain/id.ts'
import { MemoryAmounts } from '../infrastructure/cache/memory/memory-amounts.ts'
import type { AmountStore, HasAmounts, SynchronousAmounts } from '../ports/amount-store.ts'
import type { Cache } from '../ports/cache.ts'
import { SharedCounts } from '../services/shared-counts.ts'
import { LocalCounts, type SpendingCounts } from '../services/spending-counts.ts'
import { SpendingLedger } from '../services/spending-ledger.ts'
import { SpendingLimiter } from '../services/spending-limiter.ts'
import type { Get, Provide } from './parts.ts'

export interface Spending {
  readonly limiter: SpendingLimiter
  /** Stores what is not stored yet. */
  stop(): Promise<void>
}

export function registerSpending(provide: Provide): void {
  provide('spending', createSpending)
}

function createSpending(get: Get): Spending {
  const [clock, random, metrics, cache] = [get('clock'), get('random'), get('metrics'), get('cache')]
  const writer = createId('spd', clock.nowMs(), random.bytes(10))
  const ledger = new SpendingLedger({ store: get('store'), clock, logger: get('logger'), writer })
  const counts = createCounts(cache, ledger, get)
  const limiter = new SpendingLimiter({ counts, ledger, clock, random, metrics })
  return {
    limiter,
    stop: async () => {
      await ledger.stop()
      counts.stop()
    },
  }
}

function createCounts(cache: Cache & Partial<HasAmounts>, ledger: SpendingLedger, get: Get): SpendingCounts {
  const { amounts } = cache
  const clock = get('clock')
  if (amounts === undefined) return new LocalCounts(new MemoryAmounts({ clock }))
  if (isSynchronous(amounts)) return new LocalCounts(amounts)
  const replicaCount = (): number => get('shared').replicas.count
  return new SharedCounts({ cache, store: amounts, local: new MemoryAmounts({ clock }), clock, replicaCount, ledger })
}

function isSynchronous(amounts: AmountStore): amounts is AmountStore & SynchronousAmounts {
  return 'reserveNow' in amounts
}
