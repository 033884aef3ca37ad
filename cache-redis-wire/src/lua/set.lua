-- KEYS: the entry. ARGV: the value, its lifetime in milliseconds (0 for ever), the condition, what to
-- compare with. Answers 1 if it was stored.
local condition = ARGV[3]
local is_met = is_present(KEYS[1])
if condition == 'absent' then
  is_met = not is_met
elseif condition == 'equals' then
  is_met = is_met and redis.call('STRLEN', KEYS[1]) == #ARGV[4]
    and redis.call('GET', KEYS[1]) == ARGV[4]
elseif condition == 'version' then
  is_met = is_met and string.sub(redis.sha1hex(redis.call('GET', KEYS[1])), 1, 32) == ARGV[4]
end
if not is_met then return 0 end
write(KEYS[1], ARGV[1], ARGV[2])
return 1
