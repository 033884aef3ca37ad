-- KEYS: the lock, its fence. ARGV: the token, the lease in milliseconds, how long to keep the fence in
-- milliseconds. Answers 1 if it was extended, 0 if the token does not hold it, -1 if it is no lock.
local state, token, fence = read(KEYS[1])
if state == 'foreign' then return -1 end
if token ~= ARGV[1] then return 0 end
-- All that is read before all that is written: where one of them is denied, nothing has changed.
local left = redis.call('PTTL', KEYS[2])
-- The lock first, and by PEXPIRE: which a server that is out of memory does too. From here on it is
-- extended, whatever becomes of the fence.
redis.call('PEXPIRE', KEYS[1], ARGV[2])
keep_fence(redis.pcall, KEYS[2], left, fence, ARGV[3])
return 1
