-- KEYS: the lock, its fence. ARGV: the token, the lease in milliseconds, the least fence, how long to keep
-- the fence in milliseconds, the label of the holder. Answers a state, and with it:
--   1 granted: the fence
--   2 granted to this token before, and prolonged: the fence
--   0 held: what is left of the lease in milliseconds
--  -1 what is there is no lock
--  -2 the lock has no end
--  -3 what is in the place of the fence is none
--  -4 there is no larger fence
local state, token, fence = read(KEYS[1])
if state == 'foreign' then return {-1} end

if state == 'ours' and token == ARGV[1] then
  local value = 'v1:' .. token .. ':' .. fence .. ':' .. ARGV[5]
  -- The fence first: should this end between the two, nothing was granted.
  keep_fence(redis.call, KEYS[2], redis.call('PTTL', KEYS[2]), fence, ARGV[4])
  if redis.call('GET', KEYS[1]) == value then
    redis.call('PEXPIRE', KEYS[1], ARGV[2])
  else
    redis.call('SET', KEYS[1], value, 'PX', ARGV[2])
  end
  return {2, fence}
end

if state ~= 'free' then
  local left = redis.call('PTTL', KEYS[1])
  if left < 0 then return {-2} end
  return {0, left}
end

local last = redis.call('GET', KEYS[2]) or '0'
if #last > 16 or not string.match(last, '^%d+$') then return {-3} end
local time = redis.call('TIME')
local number = math.max(tonumber(last) + 1, time[1] * 1000000 + time[2], tonumber(ARGV[3]))
-- 2^53 - 1: beyond it, numbers are not exact.
if number > 9007199254740991 then return {-4} end
fence = string.format('%.0f', number)
redis.call('SET', KEYS[2], fence, 'PX', ARGV[4])
redis.call('SET', KEYS[1], 'v1:' .. ARGV[1] .. ':' .. fence .. ':' .. ARGV[5], 'PX', ARGV[2])
return {1, fence}
