// What counts tokens and money, for tests that need one and look at something else.
import { MemoryAmounts } from '../../src/infrastructure/cache/memory/memory-amounts.ts'
import { MetricCounts } from '../../src/infrastructure/metrics/metric-counts.ts'
import { systemRandom } from '../../src/infrastructure/system.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Logger } from '../../src/ports/logger.ts'
import type { Store } from '../../src/ports/store.ts'
import { LocalCounts } from '../../src/services/spending-counts.ts'
import { SpendingLedger } from '../../src/services/spending-ledger.ts'
import { SpendingLimiter } from '../../src/services/spending-limiter.ts'

export function createSpendingLimiter(clock: Clock, logger: Logger, store: Store): SpendingLimiter {
  const ledger = new SpendingLedger({ store, clock, logger, writer: 'test' })
  return new SpendingLimiter({ counts: new LocalCounts(new MemoryAmounts({ clock })), ledger, clock, random: systemRandom, metrics: new MetricCounts() })
}
