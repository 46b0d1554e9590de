// The driver that announces jobs over Redis with BullMQ. Loaded only where Redis is configured: it takes memory that nobody else should pay for.
import { parseRedisUrl } from '../../cache/redis/options.ts'
import type { JobSignalDriver } from '../../catalog.ts'

export const bullmq: JobSignalDriver = {
  schemes: ['redis', 'rediss', 'redis+sentinel', 'rediss+sentinel', 'redis+cluster', 'rediss+cluster'],
  open: async (url, deps) => {
    const { openBullmqSignals } = await import('./bullmq-signals.ts')
    return openBullmqSignals(parseRedisUrl(url), deps)
  },
}
