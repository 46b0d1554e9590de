// The scripts that count tokens and money inside Redis. Times are whole microseconds of the server's own clock.
import { WINDOWS_LUA } from './limit-scripts.ts'
import { defineScript } from './scripts.ts'

/**
 * A count has two keys: a hash with what was spent (`s` without a window, else the parts of one) and `r` = all that is reserved; and the
 * leases, a sorted set of `id:amount` by the end of each. Where `r` is lost, the leases tell; where the leases are gone, nothing is reserved.
 */
const AMOUNTS_LUA = `
${WINDOWS_LUA}
local function whole(number)
  return string.format('%.0f', number)
end

local function amount_of(member)
  return tonumber(string.match(member, ':(%d+)$')) or 0
end

-- Frees what nobody renewed. Returns what is reserved.
local function reserved_now(key, leases)
  local over = redis.call('ZRANGEBYSCORE', leases, '-inf', now)
  if #over > 0 then redis.call('ZREMRANGEBYSCORE', leases, '-inf', now) end
  if redis.call('ZCARD', leases) == 0 then
    redis.call('HDEL', key, 'r')
    return 0
  end
  local total = tonumber(redis.call('HGET', key, 'r') or nil)
  if total then
    for _, member in ipairs(over) do total = total - amount_of(member) end
    total = math.max(0, total)
    if #over > 0 then redis.call('HSET', key, 'r', whole(total)) end
    return total
  end
  total = 0
  for _, member in ipairs(redis.call('ZRANGE', leases, 0, -1)) do total = total + amount_of(member) end
  return total
end
`

export const reserveScript = defineScript({
  name: 'reserve-amounts',
  lua: `--[[
  Reserves an amount in each of several counts, or in none when one is reached or unknown.

  KEYS     for each count: the count, its leases
  ARGV[1]  id of the claim
  ARGV[2]  the lease in microseconds; 0 = only look
  then for each count: the most there may be, the amount, the window in microseconds (0 = none)

  Output: { 1, 0, -1 } or { 0, number of the count that is reached, ms until it may be tried again or -1 }, then for each count what was
  spent, what is reserved, and ms until nothing of it counts; or { 2, numbers of the counts that are unknown… }
]]
${AMOUNTS_LUA}
local lease = tonumber(ARGV[2])
local spent, reserved, heads, froms, unknown = {}, {}, {}, {}, {}
local reached, wait, over = 0, -1, -1
for i = 1, #KEYS / 2 do
  local key, leases = KEYS[2 * i - 1], KEYS[2 * i]
  local max, amount, span = tonumber(ARGV[3 * i]), tonumber(ARGV[3 * i + 1]), tonumber(ARGV[3 * i + 2])
  reserved[i] = reserved_now(key, leases)
  if span > 0 then
    spent[i], heads[i], froms[i] = parts_used(key, span)
  else
    spent[i] = tonumber(redis.call('HGET', key, 's') or nil)
    if not spent[i] then unknown[#unknown + 1] = i end
  end
  local used = (spent[i] or 0) + reserved[i]
  if used >= max or (used + amount > max and reserved[i] > 0) then
    local ms, rank = -1, 0
    if spent[i] and spent[i] >= max then
      rank = math.huge
      if span > 0 then
        ms = millis(parts_wait(key, span, spent[i], heads[i], froms[i], max))
        rank = ms
      end
    end
    if rank > over then reached, wait, over = i, ms, rank end
  end
end
if #unknown > 0 then
  table.insert(unknown, 1, 2)
  return unknown
end
local answer = { reached == 0 and 1 or 0, reached, wait }
for i = 1, #KEYS / 2 do
  local key, leases = KEYS[2 * i - 1], KEYS[2 * i]
  local amount, span = tonumber(ARGV[3 * i + 1]), tonumber(ARGV[3 * i + 2])
  if reached == 0 and lease > 0 then
    reserved[i] = reserved[i] + amount
    redis.call('ZADD', leases, now + lease, ARGV[1] .. ':' .. whole(amount))
    redis.call('PEXPIRE', leases, millis(lease))
    redis.call('HSET', key, 'r', whole(reserved[i]))
    if span > 0 then redis.call('PEXPIRE', key, millis(span + span / (RING - 1))) end
  end
  answer[#answer + 1] = spent[i]
  answer[#answer + 1] = reserved[i]
  answer[#answer + 1] = (span > 0 and spent[i] > 0) and millis(parts_wait(key, span, spent[i], heads[i], froms[i], 1)) or 0
end
return answer
`,
})

export const settleScript = defineScript({
  name: 'settle-amounts',
  lua: `--[[
  Ends reservations and counts what was taken. A count without a window that is not there is left alone: its owner begins it anew.

  KEYS     for each count: the count, its leases
  ARGV[1]  id of the claim
  then for each count: the amount that was reserved, what was taken, the window in microseconds (0 = none)
]]
${AMOUNTS_LUA}
for i = 1, #KEYS / 2 do
  local key, leases = KEYS[2 * i - 1], KEYS[2 * i]
  local amount, taken, span = tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i]), tonumber(ARGV[3 * i + 1])
  if redis.call('ZREM', leases, ARGV[1] .. ':' .. whole(amount)) == 1 then
    local total = tonumber(redis.call('HGET', key, 'r') or nil)
    if total then redis.call('HSET', key, 'r', whole(math.max(0, total - amount))) end
  end
  if taken > 0 then
    if span > 0 then
      local _, head, oldest = parts_used(key, span)
      parts_add(key, span, head, head, oldest, taken)
    elseif redis.call('HEXISTS', key, 's') == 1 then
      redis.call('HINCRBY', key, 's', whole(taken))
    end
  end
end
return 1
`,
})

export const renewAmountsScript = defineScript({
  name: 'renew-amounts',
  keys: 2,
  lua: `--[[
  Keeps reservations, and takes lost ones again.

  KEYS[1]  the count
  KEYS[2]  its leases
  ARGV[1]  the lease in microseconds
  ARGV[2…] ids with amounts
]]
${AMOUNTS_LUA}
local total = tonumber(redis.call('HGET', KEYS[1], 'r') or nil)
for i = 2, #ARGV do
  if redis.call('ZADD', KEYS[2], now + ARGV[1], ARGV[i]) == 1 and total then total = total + amount_of(ARGV[i]) end
end
if total then redis.call('HSET', KEYS[1], 'r', whole(total)) end
redis.call('PEXPIRE', KEYS[2], millis(ARGV[1]))
reserved_now(KEYS[1], KEYS[2])
return #ARGV - 1
`,
})

export const raiseScript = defineScript({
  name: 'raise-amount',
  keys: 1,
  lua: `--[[
  Begins a count without a window, or raises it. It never falls.

  KEYS[1]  the count
  ARGV[1]  what was spent at least
  ARGV[2]  ms for which it is kept
]]
local spent = tonumber(redis.call('HGET', KEYS[1], 's') or nil)
if not spent or spent < tonumber(ARGV[1]) then redis.call('HSET', KEYS[1], 's', ARGV[1]) end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
`,
})

export const addAmountsScript = defineScript({
  name: 'add-amounts',
  keys: 1,
  lua: `--[[
  Counts in a window what was taken without this server.

  KEYS[1]  the count
  ARGV[1]  the window in microseconds
  ARGV[2…] amounts, and how long ago each was taken, in microseconds
]]
${WINDOWS_LUA}
local key, span = KEYS[1], tonumber(ARGV[1])
local _, head, oldest = parts_used(key, span)
for i = 2, #ARGV, 2 do
  local age = tonumber(ARGV[i + 1])
  if age < span then
    local part = math.floor((now - age) / (span / (RING - 1)))
    oldest = math.min(oldest, part)
    parts_add(key, span, part, head, oldest, tonumber(ARGV[i]))
  end
end
return 1
`,
})
