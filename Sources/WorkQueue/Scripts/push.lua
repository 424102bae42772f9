-- parts: common, records
-- Adds a batch of items once: items that are sent again, after a lost connection or by a rerun of the push, are not
-- added again.
-- own_key: Q:push:<id>, how many items of this push were added so far
-- second_key: the name of the list until the items that follow are there
-- ARGV: what the push is called in Q:producers (its ID, a TAB, its owner), how many of its items came before this
--   batch, ms to remember it, where (back, front, or ms of delay), ms to hold the queue open (0: this is the end of
--   the push), seal at the end (1 or 0), only if active (1 or 0), token (hex, ends the IDs of delayed items), how many
--   items follow (0, or all of the batch but the first: they are added by the next command of a transaction, and the
--   one after that renames the list back), bytes of the largest of the batch, items (up to 1000)
-- Answers {'pushed', items added so far}, {'sealed', so far}, {'drained', so far}, {'gap', so far} if items
-- before this batch are missing, {'large', so far, the limit} if one of its items is too large, or {'overlap', so far}
-- if some of its items were added and others are to follow.
local push_key, push_id, before, keep_ms, where = own_key, ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
local hold_ms, seal, if_active, token = tonumber(ARGV[5]), ARGV[6] == '1', ARGV[7] == '1', ARGV[8]
local now, set = clock(), settings()
local following, largest = tonumber(ARGV[9]), tonumber(ARGV[10])
local so_far, total = tonumber(call('GET', push_key) or 0), before + #ARGV - 10 + following
local fresh = total - so_far
if before > so_far then return {'gap', so_far} end
if following > 0 and fresh > 0 and before < so_far then return {'overlap', so_far} end
-- Has the push hold the queue open no more. Answers whether it did.
local function let_go()
    local held = call('ZREM', producers, push_id) == 1
    if held then drop_guard() end
    return held
end
local function refuse(why)
    let_go()
    return {why, so_far}
end
if set.sealed and fresh > 0 then return refuse('sealed') end
-- A push that held the queue open before has nothing more to hold it open for; one that begins may be a rerun.
if set.sealed and hold_ms > 0 and total == before and let_go() then return {'sealed', so_far} end
if fresh > 0 and set.max_item_bytes > 0 and largest > set.max_item_bytes then
    let_go()
    return {'large', so_far, set.max_item_bytes}
end
if if_active and so_far == 0 then
    call('ZREMRANGEBYSCORE', producers, '-inf', now)
    if is_drained(set) then return refuse('drained') end
end
check_types()
local waiting = call('LLEN', ready)
call('ZCARD', producers)
mark_used(set, token)
local number
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
if total > 0 then call('SET', push_key, math.max(total, so_far), 'PX', keep_ms) end
if hold_ms > 0 then
    call('ZADD', producers, now + hold_ms, push_id)
    raise_guard()
else
    if seal then call('HSET', config, 'sealed', 'yes') end
    if call('ZREM', producers, push_id) == 1 then drop_guard() end
end
return {'pushed', math.max(total, so_far)}
