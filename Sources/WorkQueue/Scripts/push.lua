-- parts: common, records
-- Adds a batch of items once: items that are sent again, after a lost connection or by a rerun of the push, are not
-- added again.
-- own_key: Q:push:<id>, how many items of this push were added so far, and the first digits of the queue's epoch
-- second_key: the name of the list until the items that follow are there
-- ARGV: what the push is called in Q:producers (its ID, a TAB, its owner), how many of its items came before this
--   batch, ms to remember it, where (back, front, or ms of delay), ms to hold the queue open (0: this is the end of
--   the push), whether it held the queue open before (1 or 0), seal at the end (1 or 0), only if active (1 or 0), token
--   (hex, ends the IDs of delayed items), how many items follow (0, or all of the batch but the first: they are added
--   by the next command of a transaction, and the one after that renames the list back), bytes of the largest of the
--   batch, items (up to 1000)
-- Answers a word, items of the push added so far (-1: Redis remembers none), epoch or '', items pushed to the queue so
-- far, and 1 if the hold was over. The word is pushed, sealed, drained, gap if items before this batch are missing,
-- overlap if some of its items were added and others are to follow, or large if one of its items is too large; then the
-- limit comes last.
local push_key, push_id, before, keep_ms, where = own_key, ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
local hold_ms, held, seal, if_active = tonumber(ARGV[5]), ARGV[6] == '1', ARGV[7] == '1', ARGV[8] == '1'
local token, following, largest, FIXED = ARGV[9], tonumber(ARGV[10]), tonumber(ARGV[11]), 11
local now, set = clock(), settings()
local memory = remembered(call('GET', push_key), set)
local so_far, total = memory or 0, before + #ARGV - FIXED + following
local fresh = total - so_far
local lapsed = held and (tonumber(call('ZSCORE', producers, push_id) or 0) <= now) and 1 or 0
local function answer(word, added)
    return {word, added, set.epoch or '', tonumber(call('HGET', stats, 'pushed')) or 0, lapsed, set.max_item_bytes}
end
if following > 0 and fresh > 0 and before < so_far then return answer('overlap', so_far) end
-- Has the push hold the queue open no more. Answers whether it did.
local function let_go()
    local had = call('ZREM', producers, push_id) == 1
    if had then drop_guard() end
    return had
end
local function refuse(word)
    let_go()
    return answer(word, memory or -1)
end
if before > so_far then
    -- A push that is remembered may be about to send the missing items again.
    return memory and answer('gap', memory) or refuse('gap')
end
if set.sealed and fresh > 0 then return refuse('sealed') end
-- A push that held the queue open before has nothing more to hold it open for; one that begins may be a rerun.
if set.sealed and hold_ms > 0 and total == before and let_go() then return answer('sealed', so_far) end
if fresh > 0 and set.max_item_bytes > 0 and largest > set.max_item_bytes then return refuse('large') end
if if_active and so_far == 0 then
    call('ZREMRANGEBYSCORE', producers, '-inf', now)
    if is_drained(set) then return refuse('drained') end
end
check_types()
local waiting = call('LLEN', ready)
call('ZCARD', producers)
-- A push that begins at a sealed queue may turn out to bring nothing that it takes.
if not (set.sealed and hold_ms > 0) then mark_used(set, token) end
local number
if fresh > 0 and waiting == 0 and call('EXISTS', attempts) == 1 then forget_failed() end
if fresh > 0 and tonumber(where) then
    -- A key of a wrong type must end the script before anything is counted.
    call('HLEN', items)
    call('ZCARD', delayed)
    number = call('INCRBY', seq, fresh) - fresh
end
local list = ready
if fresh > 0 and following > 0 then
    list = second_key
    if waiting > 0 then call('RENAME', ready, list) end
end
if fresh > 0 then
    -- Those that do not come behind all others, to the left end of the list: see weed.lua.
    if where ~= 'back' then call('HINCRBY', stats, 'elsewhere', fresh) end
    local pushed = call('HINCRBY', stats, 'pushed', fresh)
    -- The mark tells when one item was pushed, and so how long some item has waited. When that item was taken, another
    -- one is marked.
    local marked = tonumber((call('HGET', stats, 'mark') or '0'):match('^%d+'))
    if where == 'back' and pushed - fresh - waiting >= marked then
        call('HSET', stats, 'mark', pushed .. ' ' .. now)
    end
    local first = #ARGV - fresh + following + 1
    if where == 'back' then
        call('LPUSH', list, unpack(ARGV, first))
    elseif where == 'front' then
        call('RPUSH', list, unpack(ARGV, first))
    else
        local records, due = {}, {}
        local suffix, head = '.' .. token, record(0, '', now, '', '')
        for i = 1, fresh do
            local id = (number + i) .. suffix
            records[2 * i - 1], records[2 * i] = id, head .. ARGV[first + i - 1]
            due[2 * i - 1], due[2 * i] = moment(now + where, id), id
        end
        raise_guard()
        call('HSET', items, unpack(records))
        call('ZADD', delayed, unpack(due))
    end
end
if total > 0 then call('SET', push_key, memory_of(math.max(total, so_far), set), 'PX', keep_ms) end
if hold_ms > 0 then
    call('ZADD', producers, now + hold_ms, push_id)
    raise_guard()
else
    if seal then call('HSET', config, 'sealed', 'yes') end
    if call('ZREM', producers, push_id) == 1 then drop_guard() end
end
return answer('pushed', math.max(total, so_far))
