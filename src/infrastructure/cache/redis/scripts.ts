// The scripts that run inside Redis, as text: sent by their SHA-1, in full only when the server does not know them yet.
import { createHash } from 'node:crypto'

export interface RedisScript {
  /** For people; a new behaviour needs no new name, because the server knows scripts by their hash. */
  readonly name: string
  readonly lua: string
  readonly sha1: string
  /** How many keys it takes; undefined: as many as it is given. */
  readonly keys: number | undefined
}

export function defineScript(script: { readonly name: string; readonly lua: string; readonly keys?: number }): RedisScript {
  return { name: script.name, lua: script.lua, sha1: createHash('sha1').update(script.lua).digest('hex'), keys: script.keys }
}

/** Above 2^53 whole numbers are no longer exact, neither in Lua nor here, and the client's parser errs a few dozen below it. */
const COUNTER_MAX = 2 ** 53 - 101

export const incrementScript = defineScript({
  name: 'increment',
  keys: 1,
  lua: `--[[
  Adds to a counter with a limited life, and starts it anew when it cannot be counted on.

  KEYS[1]  the counter
  ARGV[1]  life of a new counter, ms; not renewed
  ARGV[2]  what to add, a whole number from 1

  Output: the new number, from ARGV[2] to 2^53
]]
local by = tonumber(ARGV[2])
local value = redis.pcall('INCRBY', KEYS[1], ARGV[2])
if type(value) == 'number' and value > by and value <= ${COUNTER_MAX} then
  return value
end
-- New; or no number, another type, below 0, or too large. An error that is not about the value (OOM, READONLY) comes again here.
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[1])
return by
`,
})
