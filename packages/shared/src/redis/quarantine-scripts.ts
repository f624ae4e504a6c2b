/**
 * The steps of the quarantine that must be atomic, in Redis' own language. Their first write needs no room, so a full Redis
 * takes them as well; the reason is told in `scripts.ts`. Bytes of other pictures than the one at hand are under names that
 * only the sorted set knows: all keys share a hash tag, and there is no cluster.
 */

/**
 * Moves the bytes of a picture from those that wait to those that are kept, with a row about it. What has expired goes, then
 * the oldest until the new one fits; a picture that is larger than all may be leaves its row alone. Done twice, it is done once.
 * KEYS upload quarantine rows picture; ARGV id model row nowMs ttlMs bytesMax picturesMax picturePrefix. Returns the bytes
 * of the picture, the bytes of it that are kept, and how many others were dropped for it.
 */
export const setAsideScript = `
local quarantine, rows = KEYS[2], KEYS[3]
local id, nowMs, ttlMs = ARGV[1], tonumber(ARGV[4]), tonumber(ARGV[5])
local bytesMax, picturesMax = tonumber(ARGV[6]), tonumber(ARGV[7])
local function drop(one)
  redis.call('ZREM', quarantine, one)
  redis.call('HDEL', rows, one)
  redis.call('DEL', ARGV[8] .. one)
end
local function sizesOf(one) return string.match(redis.call('HGET', rows, one) or '', '^(%d+) (%d+) ') end
for _, one in ipairs(redis.call('ZRANGEBYSCORE', quarantine, '-inf', nowMs)) do drop(one) end
local knownSize, knownKept = sizesOf(id)
if knownSize then return { tonumber(knownSize), tonumber(knownKept), 0 } end

local size = redis.call('STRLEN', KEYS[1])
local kept = size <= bytesMax and size or 0
local ids = redis.call('ZRANGE', quarantine, 0, -1)
local bytes, dropped = kept, 0
for _, one in ipairs(ids) do
  local _, keptOfOne = sizesOf(one)
  bytes = bytes + (tonumber(keptOfOne) or 0)
end
while dropped < #ids and (bytes > bytesMax or #ids - dropped >= picturesMax) do
  dropped = dropped + 1
  local _, keptOfOne = sizesOf(ids[dropped])
  bytes = bytes - (tonumber(keptOfOne) or 0)
  drop(ids[dropped])
end

redis.call('DEL', KEYS[4])
if kept > 0 then
  redis.call('RENAME', KEYS[1], KEYS[4])
  redis.call('PEXPIRE', KEYS[4], ttlMs)
end
redis.call('ZADD', quarantine, nowMs + ttlMs, id)
redis.call('HSET', rows, id, size .. ' ' .. kept .. ' ' .. ARGV[2] .. ' ' .. ARGV[3])
for _, key in ipairs({ quarantine, rows }) do
  if redis.call('PTTL', key) < ttlMs then redis.call('PEXPIRE', key, ttlMs) end
end
return { size, kept, dropped }
`;

/** Lets go of one. KEYS quarantine rows picture; ARGV id. Returns 1 if it was there. */
export const dropQuarantinedScript = `
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('DEL', KEYS[3])
return redis.call('ZREM', KEYS[1], ARGV[1])
`;

/**
 * Pictures and bytes by model; it writes nothing. KEYS quarantine rows; ARGV nowMs. Returns model, pictures and bytes, again
 * and again.
 */
export const quarantineFiguresScript = `
local pictures, bytes = {}, {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. ARGV[1], '+inf')) do
  local kept, model = string.match(redis.call('HGET', KEYS[2], id) or '', '^%d+ (%d+) (%S+) ')
  if kept then
    pictures[model] = (pictures[model] or 0) + 1
    bytes[model] = (bytes[model] or 0) + tonumber(kept)
  end
end
local flat = {}
for model, count in pairs(pictures) do
  flat[#flat + 1] = model
  flat[#flat + 1] = count
  flat[#flat + 1] = bytes[model]
end
return flat
`;
