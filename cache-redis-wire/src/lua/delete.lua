-- KEYS: the entry. Answers 1 if there was one. A marker goes too, and is none.
local was_present = is_present(KEYS[1])
redis.call('UNLINK', KEYS[1])
return was_present and 1 or 0
