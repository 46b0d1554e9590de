// The scripts that count limits inside Redis. Times are whole microseconds of the server's own clock.
import { limits } from '../../../limits.ts'
import { defineScript } from './scripts.ts'

/**
 * What the scripts share. `exact`: a list of times, newest first. `parts`: a hash of counts by part (a ring of one part more
 * than the window has), with `h` and `o` = numbers of the newest and the oldest part that count, and `t` = the total. `slots`: a sorted set of claim ids by the end
 * of their lease. A server clock that was set back a little stands still until it has caught up; one that was set back by more
 * than a window has its old counts forgotten.
 */
export const WINDOWS_LUA = `
local RING = ${limits.windowParts + 1}
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]

local function millis(micros)
  return math.ceil(micros / 1000)
end

-- Forgets what no longer counts. Returns how many count, and the time to count from.
local function exact_used(key, span)
  local at = now
  local newest = tonumber(redis.call('LINDEX', key, 0) or nil)
  if not newest then return 0, at end
  if newest - now > span then
    redis.call('DEL', key)
    return 0, at
  end
  if newest > at then at = newest end
  local oldest = tonumber(redis.call('LINDEX', key, -1) or nil)
  while oldest and at - oldest >= span do
    redis.call('RPOP', key)
    oldest = tonumber(redis.call('LINDEX', key, -1) or nil)
  end
  return redis.call('LLEN', key), at
end

local function exact_wait(key, span, at, max)
  return tonumber(redis.call('LINDEX', key, max - 1)) + span - at
end

-- Moves the ring on to the present. Returns the total, the numbers of the newest and of the oldest part that counts.
local function parts_used(key, span)
  local part = math.floor(now / (span / (RING - 1)))
  local stored = redis.call('HMGET', key, 'h', 't', 'o')
  local head, total, oldest = tonumber(stored[1] or nil), tonumber(stored[2] or nil) or 0, tonumber(stored[3] or nil)
  if head and head - part > RING then
    redis.call('DEL', key)
    head = nil
  end
  if not (head and oldest) then return 0, part, part end
  if part <= head then return total, head, oldest end
  local gone = {}
  for i = math.max(head + 1, part - RING + 1), part do gone[#gone + 1] = i % RING end
  for _, count in ipairs(redis.call('HMGET', key, unpack(gone))) do total = total - (tonumber(count or nil) or 0) end
  redis.call('HDEL', key, unpack(gone))
  oldest = math.max(oldest, part - RING + 1)
  while oldest < part and (total == 0 or redis.call('HEXISTS', key, oldest % RING) == 0) do oldest = oldest + 1 end
  redis.call('HSET', key, 'h', part, 't', total, 'o', oldest)
  return total, part, oldest
end

local function parts_add(key, span, part, head, oldest, amount)
  redis.call('HINCRBY', key, part % RING, string.format('%.0f', amount))
  redis.call('HINCRBY', key, 't', string.format('%.0f', amount))
  redis.call('HSET', key, 'h', head, 'o', oldest)
  redis.call('PEXPIRE', key, millis(span + span / (RING - 1)))
end

local function parts_wait(key, span, total, head, oldest, max)
  for part = oldest, head do
    total = total - (tonumber(redis.call('HGET', key, part % RING) or nil) or 0)
    if total < max then return (part + RING) * (span / (RING - 1)) - now end
  end
  return 0
end
`

export const claimScript = defineScript({
  name: 'claim-limits',
  lua: `--[[
  Counts a claim in all of its limits, or in none when one is reached.

  KEYS     the limits
  ARGV[1]  id of the claim
  then for each key: exact | parts | slots, the most there may be, the window or the lease in microseconds

  Output: { 1 or 0, number of the limit that is reached or 0, ms until it may be tried again or -1, then for each window
  how many are left and ms until the oldest no longer counts }
]]
${WINDOWS_LUA}
local kinds, maxima, spans, used, froms, heads = {}, {}, {}, {}, {}, {}
local reached, wait, full = 0, -1, 0
for i, key in ipairs(KEYS) do
  local kind, max, span = ARGV[3 * i - 1], tonumber(ARGV[3 * i]), tonumber(ARGV[3 * i + 1])
  kinds[i], maxima[i], spans[i] = kind, max, span
  if kind == 'slots' then
    redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
    if full == 0 and redis.call('ZCARD', key) >= max then full = i end
  else
    if kind == 'exact' then used[i], froms[i] = exact_used(key, span) else used[i], heads[i], froms[i] = parts_used(key, span) end
    if used[i] >= max then
      local ms = millis(kind == 'exact' and exact_wait(key, span, froms[i], max) or parts_wait(key, span, used[i], heads[i], froms[i], max))
      if ms > wait then reached, wait = i, ms end
    end
  end
end
if reached == 0 then reached = full end
local answer = { reached == 0 and 1 or 0, reached, wait }
for i, key in ipairs(KEYS) do
  local kind, max, span = kinds[i], maxima[i], spans[i]
  if kind == 'slots' then
    if reached == 0 then
      redis.call('ZADD', key, now + span, ARGV[1])
      redis.call('PEXPIRE', key, millis(span))
    end
  else
    if reached == 0 then
      used[i] = used[i] + 1
      if kind == 'exact' then
        redis.call('LPUSH', key, froms[i])
        redis.call('PEXPIRE', key, millis(span + froms[i] - now))
      else
        parts_add(key, span, heads[i], heads[i], froms[i], 1)
      end
    end
    local reset = 0
    if used[i] > 0 then
      reset = kind == 'exact' and exact_wait(key, span, froms[i], used[i]) or parts_wait(key, span, used[i], heads[i], froms[i], used[i])
    end
    answer[#answer + 1] = math.max(0, max - used[i])
    answer[#answer + 1] = millis(reset)
  end
end
return answer
`,
})

export const countScript = defineScript({
  name: 'count-limits',
  keys: 1,
  lua: `--[[
  Counts what was granted without this server.

  KEYS[1]  a window
  ARGV[1]  exact | parts
  ARGV[2]  the window in microseconds
  ARGV[3…] how long ago each grant was, in microseconds
]]
${WINDOWS_LUA}
local key, span = KEYS[1], tonumber(ARGV[2])
local ages = {}
for i = 3, #ARGV do
  local age = tonumber(ARGV[i])
  if age < span then ages[#ages + 1] = age end
end
if #ages == 0 then return 0 end
if ARGV[1] == 'parts' then
  local _, head, oldest = parts_used(key, span)
  for _, age in ipairs(ages) do
    local part = math.floor((now - age) / (span / (RING - 1)))
    oldest = math.min(oldest, part)
    parts_add(key, span, part, head, oldest, 1)
  end
  return #ages
end
local _, at = exact_used(key, span)
local times = {}
for i, time in ipairs(redis.call('LRANGE', key, 0, -1)) do times[i] = tonumber(time) end
for _, age in ipairs(ages) do times[#times + 1] = at - age end
table.sort(times, function(a, b) return a > b end)
redis.call('DEL', key)
for i = 1, math.min(#times, ${limits.exactWindowMax}) do redis.call('RPUSH', key, times[i]) end
redis.call('PEXPIRE', key, millis(times[1] + span - now))
return #ages
`,
})

export const renewScript = defineScript({
  name: 'renew-slots',
  keys: 1,
  lua: `--[[
  Keeps slots, and takes lost ones again.

  KEYS[1]  the slots
  ARGV[1]  the lease in microseconds
  ARGV[2…] ids of claims
]]
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
for i = 2, #ARGV do redis.call('ZADD', KEYS[1], now + ARGV[1], ARGV[i]) end
redis.call('PEXPIRE', KEYS[1], math.ceil(ARGV[1] / 1000))
return #ARGV - 1
`,
})
