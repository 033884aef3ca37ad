-- KEYS: the entry. ARGV: what to add, and the lifetime of what is created, in milliseconds (0 for ever).
-- Answers the sum as text: a number of Lua is exact to 53 bits alone.
if not is_present(KEYS[1]) then
  write(KEYS[1], ARGV[1], ARGV[2])
  return ARGV[1]
end
redis.call('INCRBY', KEYS[1], ARGV[1])
return redis.call('GETRANGE', KEYS[1], 0, -1)
