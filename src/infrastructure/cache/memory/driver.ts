// The driver of `memory:` caches: state of this process only.
import type { CacheDriver } from '../../catalog.ts'
import { MemoryCache } from './memory-cache.ts'
import { parseMemoryCacheUrl } from './options.ts'

export const memory: CacheDriver = {
  schemes: ['memory'],
  open: async (url, deps) => new MemoryCache({ clock: deps.clock, ...parseMemoryCacheUrl(url) }),
}
