/**
 * The steps of the exchange that must be atomic, in Redis' own language. Each script takes all of its keys as
 * arguments; each is registered on a connection by the store that uses it.
 *
 * A full Redis refuses commands that may need room, one by one or in a transaction, but never in the middle of a script
 * that has written already. What must go on then (answers, marks, signs of life: all of them small) is a script whose first
 * write needs no room; only what brings pictures in is refused.
 */

/**
 * Takes a row out of the ledger and its figures out of the totals. Keys: ledger, rows, totals in locals. Lua's `-0` is no
 * integer to Redis, hence `0 - bytes`.
 */
const dropRow = `
local function dropRow(id)
  local row = redis.call('HGET', rows, id)
  if not row then return end
  local bytes, model = string.match(row, '^(%d+) (.+)$')
  redis.call('HDEL', rows, id)
  redis.call('ZREM', ledger, id)
  redis.call('HINCRBY', totals, 'jobs', -1)
  redis.call('HINCRBY', totals, 'bytes', 0 - bytes)
  if redis.call('HINCRBY', totals, 'jobs ' .. model, -1) <= 0 then
    redis.call('HDEL', totals, 'jobs ' .. model, 'bytes ' .. model)
  else
    redis.call('HINCRBY', totals, 'bytes ' .. model, 0 - bytes)
  end
end
`;

/**
 * Checks the limits, stores the bytes and writes the ledger, or does none of it.
 * KEYS upload ledger rows totals; ARGV id model size bytes nowMs expiresAtMs ttlMs, then the four limits: jobs and bytes
 * of the model, jobs and bytes in all. Returns '' or the name of the limit that is reached.
 */
export const admitScript = `
local ledger, rows, totals = KEYS[2], KEYS[3], KEYS[4]
${dropRow}
local id, model, size = ARGV[1], ARGV[2], tonumber(ARGV[3])
for _, expired in ipairs(redis.call('ZRANGE', ledger, '-inf', ARGV[5], 'BYSCORE', 'LIMIT', 0, 200)) do
  dropRow(expired)
end
if redis.call('HEXISTS', rows, id) == 0 then
  local sums = redis.call('HMGET', totals, 'jobs ' .. model, 'bytes ' .. model, 'jobs', 'bytes')
  if (tonumber(sums[1]) or 0) + 1 > tonumber(ARGV[8]) then return 'model jobs' end
  if (tonumber(sums[2]) or 0) + size > tonumber(ARGV[9]) then return 'model bytes' end
  if (tonumber(sums[3]) or 0) + 1 > tonumber(ARGV[10]) then return 'jobs' end
  if (tonumber(sums[4]) or 0) + size > tonumber(ARGV[11]) then return 'bytes' end
  redis.call('SET', KEYS[1], ARGV[4], 'PX', ARGV[7])
  redis.call('ZADD', ledger, ARGV[6], id)
  redis.call('HSET', rows, id, ARGV[3] .. ' ' .. model)
  redis.call('HINCRBY', totals, 'jobs', 1)
  redis.call('HINCRBY', totals, 'bytes', size)
  redis.call('HINCRBY', totals, 'jobs ' .. model, 1)
  redis.call('HINCRBY', totals, 'bytes ' .. model, size)
end
for _, key in ipairs({ ledger, rows, totals }) do
  if redis.call('PTTL', key) < tonumber(ARGV[7]) then redis.call('PEXPIRE', key, ARGV[7]) end
end
return ''
`;

/**
 * Writes the answer if there is none yet, lets go of the bytes and the ledger row, and wakes the waiting gateway: all of it
 * or nothing.
 * KEYS result upload ledger rows totals started; ARGV id answer ttlMs channel. Returns the answer that stands when
 * somebody else was first, else ''.
 */
export const publishResultScript = `
local ledger, rows, totals = KEYS[3], KEYS[4], KEYS[5]
${dropRow}
local id = ARGV[1]
local standing = redis.call('GET', KEYS[1])
redis.call('DEL', KEYS[2], KEYS[6])
dropRow(id)
if not standing then
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
redis.call('PUBLISH', ARGV[4], id)
return standing or ''
`;

/** Counts a run of a job. KEYS started; ARGV mode runs ttlMs. */
export const countStartScript = `
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('HINCRBY', KEYS[1], ARGV[1], ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
`;

/**
 * A worker's sign of life. KEYS worker workers model models; ARGV announcement ttlMs expiresAtMs member nowMs
 * workersTtlMs recordTtlMs, then the model's name where it was seen alive, else ''.
 */
export const announceWorkerScript = `
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', ARGV[5])
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[4])
redis.call('PEXPIRE', KEYS[2], ARGV[6])
redis.call('PEXPIRE', KEYS[3], ARGV[7])
redis.call('PEXPIRE', KEYS[4], ARGV[7])
if ARGV[8] ~= '' then redis.call('ZADD', KEYS[4], 'XX', ARGV[5], ARGV[8]) end
`;

/** A gateway's sign of life. KEYS gateways; ARGV url nowMs expiresAtMs ttlMs. */
export const announceGatewayScript = `
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[2])
redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
`;

/**
 * Claims a model's name and aliases for one live model. KEYS the claims; ARGV model ttlMs. Returns '' or
 * '<index of the taken key> <owner>', and then claims nothing.
 */
export const claimNamesScript = `
for i, key in ipairs(KEYS) do
  local owner = redis.call('GET', key)
  if owner and owner ~= ARGV[1] then return i .. ' ' .. owner end
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
for _, key in ipairs(KEYS) do
  redis.call('SET', key, ARGV[1], 'PX', ARGV[2])
end
return ''
`;

/**
 * Takes the GPU that the fewest live workers have. KEYS one sorted set a GPU, worker by expiry; ARGV worker nowMs
 * expiresAtMs ttlMs. Returns the index of its key, from 1; the one that the worker has already, if it has one.
 */
export const leaseGpuScript = `
local best, least = 1, nil
for i, key in ipairs(KEYS) do
  redis.call('ZREMRANGEBYSCORE', key, '-inf', ARGV[2])
  if redis.call('ZSCORE', key, ARGV[1]) then
    best = i
    break
  end
  local count = redis.call('ZCARD', key)
  if not least or count < least then best, least = i, count end
end
redis.call('ZADD', KEYS[best], ARGV[3], ARGV[1])
redis.call('PEXPIRE', KEYS[best], ARGV[4])
return best
`;
