-- KEYS: the lock. Answers a state, and with it:
--   1 held: the fence, what is left of the lease in milliseconds, the label of the holder
--   0 free
--  -1 what is there is no lock
--  -2 the lock has no end
--  -5 held by a client of a later version: what is left of the lease in milliseconds
local state, _, fence, label = read(KEYS[1])
if state == 'free' then return {0} end
if state == 'foreign' then return {-1} end
local left = redis.call('PTTL', KEYS[1])
if left < 0 then return {-2} end
if state == 'later' then return {-5, left} end
return {1, fence, left, label}
