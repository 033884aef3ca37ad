-- KEYS: the lock. ARGV: the token. Answers 1 if it was released, 0 if the token does not hold it, -1 if it
-- is no lock. The fence stays.
local state, token = read(KEYS[1])
if state == 'foreign' then return -1 end
if token ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
return 1
