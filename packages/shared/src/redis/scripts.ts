/**
 * The steps of the exchange that must be atomic, in Redis' own language. Each script takes all of its keys as
 * arguments; each is registered on a connection by the store that uses it.
 *
 * A full Redis refuses commands that may need room, one by one or in a transaction, but never in the middle of a script
 * that has written already. What must go on then (answers, marks, signs of life: all of them small) is a script whose first
 * write needs no room; only what brings pictures in is refused.
 */

/**
 * Takes a row out of the ledger and its figures out of the totals, and returns what the row says. Keys: ledger, rows,
 * totals in locals. Lua's `-0` is no integer to Redis, hence `0 - bytes`. What a row of another version counted for nobody
 * knows here: a recount does.
 */
const dropRow = `
local function dropRow(id)
  redis.call('ZREM', ledger, id)
  local row = redis.call('HGET', rows, id)
  if not row then return end
  local bytes, priority, model, open = string.match(row, '^%d+ (%d+) (%l+) (%S+) (.+)$')
  -- As it was written by gateways that knew no classes.
  if not bytes then bytes, model = string.match(row, '^(%d+) (%S+)$') end
  redis.call('HDEL', rows, id)
  if not bytes then return end
  redis.call('HINCRBY', totals, 'jobs', -1)
  redis.call('HINCRBY', totals, 'bytes', 0 - bytes)
  if redis.call('HINCRBY', totals, 'jobs ' .. model, -1) <= 0 then
    redis.call('HDEL', totals, 'jobs ' .. model, 'bytes ' .. model)
    for _, class in ipairs({ 'high', 'normal', 'low' }) do
      redis.call('HDEL', totals, 'came ' .. class .. ' ' .. model, 'went ' .. class .. ' ' .. model)
    end
  else
    redis.call('HINCRBY', totals, 'bytes ' .. model, 0 - bytes)
    if priority then redis.call('HINCRBY', totals, 'went ' .. priority .. ' ' .. model, 1) end
  end
  return open
end
`;

/**
 * Checks the claim and the limits, then writes the row and the claim, and so accepts the bytes that were stored just before; or
 * writes nothing, and the bytes go. They are no argument, since Lua hashes and copies every byte of one.
 * KEYS upload ledger rows totals claim result; ARGV id model priority size deadlineAtMs ledgerTtlMs open,
 * then the limits: jobs and bytes of the model, jobs and bytes in all, jobs ahead in the class (-1: any number); then digest
 * ('' for no claim) and claimTtlMs. Returns what happened and a number or id with it: `accepted` and the jobs ahead;
 * `claimed` and the id that the claim stands for, or that has an answer already; `reused`; `no upload`; or the name of the
 * limit and the jobs of the model.
 */
export const admitScript = `
local ledger, rows, totals = KEYS[2], KEYS[3], KEYS[4]
local id, model, class, size = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local function refuse(what, detail)
  if redis.call('HEXISTS', rows, id) == 0 then redis.call('UNLINK', KEYS[1]) end
  return { what, detail }
end
if ARGV[13] ~= '' then
  local claim = redis.call('GET', KEYS[5])
  if claim then
    local owner, digest = string.match(claim, '^(%S+) (%S+)$')
    if digest ~= ARGV[13] then return refuse('reused', owner) end
    if owner ~= id or redis.call('HEXISTS', rows, id) == 1 then return refuse('claimed', owner) end
  end
end
if redis.call('EXISTS', KEYS[6]) == 1 then return refuse('claimed', id) end
if redis.call('EXISTS', KEYS[1]) == 0 then return { 'no upload', 0 } end
local came, went = 'came ' .. class .. ' ' .. model, 'went ' .. class .. ' ' .. model
local sums = redis.call('HMGET', totals, 'jobs ' .. model, 'bytes ' .. model, 'jobs', 'bytes', came, went)
for i = 1, 6 do sums[i] = tonumber(sums[i]) or 0 end
local ahead = sums[5] - sums[6]
if redis.call('HEXISTS', rows, id) == 1 then return { 'accepted', ahead } end
if sums[1] + 1 > tonumber(ARGV[8]) then return refuse('model jobs', sums[1]) end
if sums[2] + size > tonumber(ARGV[9]) then return refuse('model bytes', sums[1]) end
if sums[3] + 1 > tonumber(ARGV[10]) then return refuse('jobs', sums[1]) end
if sums[4] + size > tonumber(ARGV[11]) then return refuse('bytes', sums[1]) end
if tonumber(ARGV[12]) >= 0 and ahead > tonumber(ARGV[12]) then return refuse('wait', sums[1]) end
redis.call('ZADD', ledger, ARGV[5], id)
redis.call('HINCRBY', totals, 'jobs', 1)
redis.call('HINCRBY', totals, 'bytes', size)
redis.call('HINCRBY', totals, 'jobs ' .. model, 1)
redis.call('HINCRBY', totals, 'bytes ' .. model, size)
local number = redis.call('HINCRBY', totals, came, 1)
redis.call('HSET', rows, id, number .. ' ' .. ARGV[4] .. ' ' .. class .. ' ' .. model .. ' ' .. ARGV[7])
if ARGV[13] ~= '' then redis.call('SET', KEYS[5], id .. ' ' .. ARGV[13], 'PX', ARGV[14]) end
for _, key in ipairs({ ledger, rows, totals }) do
  if redis.call('PTTL', key) < tonumber(ARGV[6]) then redis.call('PEXPIRE', key, ARGV[6]) end
end
return { 'accepted', ahead }
`;

/**
 * Writes the answer if there is none yet, lets go of the bytes and the ledger row, notes the webhook that is now due, and
 * wakes those who wait, with the answer where it is small: all of it or nothing.
 * KEYS result upload ledger rows totals started watchers claim webhooks; ARGV id answer ttlMs gatewayId wakePrefix
 * endedChannel ('' when a worker answers) releasesClaim ('1' or '') nowMs webhooksTtlMs isOnlyIfOwed ('1' or ''). Returns
 * '' when the answer was written; the answer that stands when somebody else was first; and 'forgotten' when it is only for a prediction that is owed one, and this is not:
 * it was answered, and that answer is no longer kept.
 */
export const publishResultScript = `
local ledger, rows, totals = KEYS[3], KEYS[4], KEYS[5]
${dropRow}
local id = ARGV[1]
local standing = redis.call('GET', KEYS[1])
redis.call('DEL', KEYS[2], KEYS[6])
local isOwed = redis.call('HEXISTS', rows, id) == 1
local open = dropRow(id)
local hook
if not standing and not isOwed and ARGV[10] == '1' then return 'forgotten' end
if not standing then
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
  if ARGV[7] == '1' then
    local claim = redis.call('GET', KEYS[8])
    if claim and string.sub(claim, 1, #id) == id then redis.call('DEL', KEYS[8]) end
  end
  if open and string.find(open, '"webhook"', 1, true) then
    local row = cjson.decode(open)
    hook = row.webhook
    if hook then
      redis.call('HSET', KEYS[9], id, cjson.encode({
        url = hook.url, secret = hook.secret, requestId = row.job.requestId, model = row.job.model, writtenAtMs = tonumber(ARGV[8])
      }))
      redis.call('PEXPIRE', KEYS[9], ARGV[9])
    end
  end
  if ARGV[6] ~= '' then redis.call('PUBLISH', ARGV[6], id) end
end
local woken = redis.call('SMEMBERS', KEYS[7])
redis.call('DEL', KEYS[7])
woken[#woken + 1] = ARGV[4]
local answer = standing or ARGV[2]
local word = #answer <= 65536 and id .. ' ' .. answer or id
for _, gateway in ipairs(woken) do redis.call('PUBLISH', ARGV[5] .. gateway, word) end
if hook then redis.call('PUBLISH', ARGV[5] .. ARGV[4], 'webhook ' .. id) end
return standing or ''
`;

/**
 * All that is known of a prediction, at one moment. KEYS result rows started totals; ARGV id. Returns the answer, the row, 1
 * if a worker has begun it, and how many of its class went.
 */
export const lookScript = `
local row = redis.call('HGET', KEYS[2], ARGV[1])
local went
if row then
  local class, model = string.match(row, '^%d+ %d+ (%l+) (%S+) ')
  if class then went = redis.call('HGET', KEYS[4], 'went ' .. class .. ' ' .. model) end
end
return { redis.call('GET', KEYS[1]) or '', row or '', redis.call('EXISTS', KEYS[3]), tonumber(went) or 0 }
`;

/**
 * Counts the rows again and sets the totals to what they are. KEYS ledger rows totals. Returns how many figures were wrong.
 * A row without a deadline, and a deadline without a row, can only come from a hand; they go.
 */
export const recountScript = `
local ledger, rows, totals = KEYS[1], KEYS[2], KEYS[3]
local counted, open, seen, cursor = {}, {}, {}, '0'
local function add(sums, field, by) sums[field] = (sums[field] or 0) + by end
repeat
  local page = redis.call('HSCAN', rows, cursor, 'COUNT', 1000)
  cursor = page[1]
  for i = 1, #page[2], 2 do
    local id = page[2][i]
    local bytes, class, model = string.match(page[2][i + 1], '^%d+ (%d+) (%l+) (%S+) ')
    if not bytes then bytes, model = string.match(page[2][i + 1], '^(%d+) (%S+)$') end
    if not seen[id] and bytes and redis.call('ZSCORE', ledger, id) then
      add(counted, 'jobs', 1)
      add(counted, 'bytes', tonumber(bytes))
      add(counted, 'jobs ' .. model, 1)
      add(counted, 'bytes ' .. model, tonumber(bytes))
      if class then add(open, class .. ' ' .. model, 1) end
    end
    seen[id] = seen[id] or (bytes and 'kept' or 'odd')
  end
until cursor == '0'
for id, what in pairs(seen) do
  if what == 'odd' or not redis.call('ZSCORE', ledger, id) then redis.call('HDEL', rows, id) end
end
for _, id in ipairs(redis.call('ZRANGE', ledger, 0, -1)) do
  if seen[id] ~= 'kept' then redis.call('ZREM', ledger, id) end
end
local known, wrong = {}, 0
local flat = redis.call('HGETALL', totals)
for i = 1, #flat, 2 do
  known[flat[i]] = tonumber(flat[i + 1])
  local class = string.match(flat[i], '^[cw][ae][mn][et] (.+)$')
  if class and not open[class] then open[class] = 0 end
end
for class, count in pairs(open) do
  local went = known['went ' .. class] or 0
  if (known['came ' .. class] or 0) - went ~= count then
    wrong = wrong + 1
    redis.call('HSET', totals, 'came ' .. class, went + count)
  end
end
for field, sum in pairs(known) do
  if not string.find(field, '^[cw][ae][mn][et] ') and not counted[field] and sum ~= 0 then
    wrong = wrong + 1
    redis.call('HDEL', totals, field)
  end
end
for field, sum in pairs(counted) do
  if known[field] ~= sum then
    wrong = wrong + 1
    redis.call('HSET', totals, field, sum)
  end
end
local ttl = redis.call('PTTL', rows)
if ttl > 0 then redis.call('PEXPIRE', totals, ttl) end
return wrong
`;

/**
 * What is known of a job that was just taken. KEYS result rows started; ARGV id ttlMs. Returns 1 if it is answered (what is owed
 * to nobody was answered, and that answer is no longer kept), how often it was begun together and alone before, and 1 if it is
 * now marked as begun together: one that is open and comes for the first time, if ttlMs is not ''.
 */
export const inspectScript = `
local starts = redis.call('HMGET', KEYS[3], 'together', 'alone')
local together, alone = tonumber(starts[1]) or 0, tonumber(starts[2]) or 0
if redis.call('EXISTS', KEYS[1]) == 1 or redis.call('HEXISTS', KEYS[2], ARGV[1]) == 0 then
  return { 1, together, alone, 0 }
end
if ARGV[2] == '' or together + alone > 0 then return { 0, together, alone, 0 } end
redis.call('PEXPIRE', KEYS[3], ARGV[2])
redis.call('HINCRBY', KEYS[3], 'together', 1)
redis.call('PEXPIRE', KEYS[3], ARGV[2])
return { 0, together, alone, 1 }
`;

/** Counts a run of a job. KEYS started; ARGV mode runs ttlMs. */
export const countStartScript = `
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('HINCRBY', KEYS[1], ARGV[1], ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
`;

/** One more gateway is woken by an answer. KEYS watchers; ARGV gatewayId ttlMs. */
export const watchScript = `
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('SADD', KEYS[1], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
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
