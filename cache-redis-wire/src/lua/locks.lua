-- What is read of a lock: 'free', 'ours', 'later' (held by a client of a later version) or 'foreign' (no
-- lock), and the token, the fence and the label of the holder. Fails with WRONGTYPE where it is no string.
local function read(key)
  local value = redis.call('GET', key)
  if not value then return 'free' end
  local version = string.match(value, '^v(%d+):')
  if not version then return 'foreign' end
  if version ~= '1' then return 'later' end
  local token, fence, label = string.match(value, '^v1:(%x+):(%d+):()')
  if not token or #token ~= 32 or #fence > 16 then return 'foreign' end
  return 'ours', token, fence, string.sub(value, label)
end

-- Keeps the fence for as long, and writes it anew where it was lost: `left` is the PTTL of it. By
-- `redis.call`, or by `redis.pcall` where its failure is not that of the whole.
local function keep_fence(call, key, left, fence, millis)
  if left == -2 then
    call('SET', key, fence, 'PX', millis)
  elseif left >= 0 and left < tonumber(millis) then
    call('PEXPIRE', key, millis)
  end
end

