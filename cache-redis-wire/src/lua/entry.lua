-- KEYS: the entry. Answers what is left of its lifetime in milliseconds (-1 for ever), the SHA-1 of its
-- value, and the value; nothing where there is no entry.
if not is_present(KEYS[1]) then return {} end
local value = redis.call('GET', KEYS[1])
return {redis.call('PTTL', KEYS[1]), redis.sha1hex(value), value}
