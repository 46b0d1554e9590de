// The options of the memory cache, as written in CACHE_URL: `memory:?entriesMax=1000&bytesMax=1048576`.
import { StartupError } from '../../../errors.ts'
import { limits } from '../../../limits.ts'
import type { Secret } from '../../../domain/secret.ts'

export interface MemoryCacheOptions {
  /** Entries, and as many counters again. Default: limits.cacheEntriesMax. */
  readonly entriesMax: number
  /** UTF-16 units of all keys and values together. Default: limits.cacheBytesMax. */
  readonly bytesMax: number
}

const DEFAULTS: MemoryCacheOptions = { entriesMax: limits.cacheEntriesMax, bytesMax: limits.cacheBytesMax }

/** @throws StartupError 78 that names the option at fault. */
export function parseMemoryCacheUrl(url: Secret): MemoryCacheOptions {
  const options: Record<keyof MemoryCacheOptions, number> = { ...DEFAULTS }
  for (const [name, text] of new URL(url.reveal()).searchParams) {
    if (name !== 'entriesMax' && name !== 'bytesMax') {
      throw new StartupError(78, `CACHE_URL memory: has no option "${name}". It knows entriesMax and bytesMax.`)
    }
    const value = Number(text)
    if (!/^\d+$/.test(text) || value < 1 || value > 1e9) {
      throw new StartupError(78, `CACHE_URL memory:?${name}= must be a whole number from 1 to 1000000000.`)
    }
    options[name] = value
  }
  return options
}
