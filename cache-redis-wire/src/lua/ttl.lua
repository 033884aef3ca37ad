-- KEYS: the entry. Answers what is left of its lifetime in milliseconds; -1 for ever, -2 without entry.
if not is_present(KEYS[1]) then return -2 end
return redis.call('PTTL', KEYS[1])
