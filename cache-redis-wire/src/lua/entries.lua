-- A value that begins with this marks a missing one: the key counts as absent.
local MARKER = '\0\255__cache__\0'

-- Whether the key holds an entry. Fails with WRONGTYPE where it holds no string.
local function is_present(key)
  local head = redis.call('GETRANGE', key, 0, #MARKER - 1)
  if head == MARKER then return false end
  return head ~= '' or redis.call('EXISTS', key) == 1
end

-- Writes a value for so many milliseconds; '0' is for ever.
local function write(key, value, millis)
  if millis == '0' then
    redis.call('SET', key, value)
  else
    redis.call('SET', key, value, 'PX', millis)
  end
end

