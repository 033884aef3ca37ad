-- KEYS: the entry. ARGV: its new lifetime in milliseconds, 0 for ever. Answers 1 where there is an entry.
if not is_present(KEYS[1]) then return 0 end
if ARGV[1] == '0' then
  redis.call('PERSIST', KEYS[1])
else
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
end
return 1
