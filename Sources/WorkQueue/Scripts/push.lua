-- parts: common, records, known
-- Adds a batch of items once: items that are sent again, after a lost connection or by a rerun of the push, are not
-- added again.
-- own_key: Q:push:<id>, how many items of this push are done with so far, the first digits of the queue's epoch and, if
--   not all of them were new, how many were added
-- second_key: the name of the list until the items that follow are there
-- ARGV: what the push is called in Q:producers (its ID, a TAB, its owner), how many of its items came before this
--   batch, ms to remember it, where (back, front, or ms of delay), ms to hold the queue open (0: this is the end of
--   the push), whether it held the queue open before (1 or 0), seal at the end (1 or 0), only if active (1 or 0), token
--   (hex, ends the IDs of delayed items), how many items follow (0, or all of the batch but the first: they are added
--   by the next command of a transaction, and the one after that renames the list back), bytes of the largest of the
--   batch, which items are added ('': all of them; else those that are new, and this is for how many ms they count as
--   pushed, 0: while they are in the queue), for how many ms the push holds the queue open if it must wait since
--   max-ready items are ready (0: it does not wait; '': there may be more), items (up to 1000; 200 if only some are
--   added)
-- Answers a word, items of the push done with so far (-1: Redis remembers none), epoch or '', items pushed to the queue
-- so far, 1 if the hold was over, the most bytes of an item, and how many items of the push were added so far. The word
-- is pushed, sealed, drained, gap if items before this batch are missing, overlap if some of its items were added and
-- others are to follow, large if one of its items is too large, full if as many items are ready as may be, or again if
-- marks were removed that are void, and nothing was added: there may be more of them.
local push_key, push_id, before, keep_ms, where = own_key, ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
local hold_ms, held, seal, if_active = tonumber(ARGV[5]), ARGV[6] == '1', ARGV[7] == '1', ARGV[8] == '1'
local token, following, largest, once = ARGV[9], tonumber(ARGV[10]), tonumber(ARGV[11]), tonumber(ARGV[12])
local wait_ms, FIXED = tonumber(ARGV[13]), 13
local now, set = clock(), settings()
local memory, added = remembered(call('GET', push_key), set)
local so_far, total = memory or 0, before + #ARGV - FIXED + following
added = added or 0
local fresh = total - so_far
local lapsed = held and (tonumber(call('ZSCORE', producers, push_id) or 0) <= now) and 1 or 0
local function answer(word, done)
    return {word, done, set.epoch or '', tonumber(call('HGET', stats, 'pushed')) or 0, lapsed, set.max_item_bytes,
        added}
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
local function remember(done)
    call('SET', push_key, memory_of(done, added, set), 'PX', keep_ms)
end
local function hold(ms)
    call('ZADD', producers, now + ms, push_id)
    raise_guard()
end
-- What is delayed needs no room now. A batch may be larger than the room that there is.
if fresh > 0 and wait_ms and set.max_ready > 0 and waiting >= set.max_ready and not tonumber(where) then
    if wait_ms == 0 then return refuse('full') end
    -- So the batches behind this one find a gap, and no end of the push.
    remember(so_far)
    hold(wait_ms)
    return answer('full', so_far)
end
-- What stands in Q:known while void marks are removed; how many marks one call removes or changes.
local VOID, ENDED = 'void', 200

-- While the queue has no item in any state, no mark can say that one is there: who took the items, without wq, did not
-- tell. These marks go, so many a call; until there is none nothing is pushed with a mark, so that all are void.
-- Answers whether some went.
local function end_void()
    local goes_on = call('ZSCORE', known, VOID)
    if not goes_on and (call('EXISTS', ready, arriving, items, leased) > 0 or foreign() > 0) then return false end
    local page = call('ZRANGEBYSCORE', known, '-inf', '(0', 'WITHSCORES', 'LIMIT', 0, ENDED)
    if #page == 0 and not goes_on then return false end
    local digests, scores = {}, {}
    for i = 1, #page / 2 do digests[i], scores[i] = page[2 * i - 1], page[2 * i] end
    end_marks(digests, scores, now)
    if #digests == ENDED then call('ZADD', known, '+inf', VOID) else call('ZREM', known, VOID) end
    return true
end

-- Answers the items that are new, of those from `first` on: that have no mark, or one that counts only for who asks for
-- a time. And the marks that they are to have, as scores and digests.
local function new_ones(list, first)
    local digests, new, marks, seen = digests_of(list, first), {}, {}, {}
    local ends = once > 0 and now + once or 1
    local mark = ('-%.0f'):format(ends)
    for i, score in ipairs(call('ZMSCORE', known, unpack(digests))) do
        local digest, at = digests[i], tonumber(score)
        if not seen[digest] and (not at or at > 0 and (once == 0 or at <= now)) then
            local n = #new + 1
            seen[digest] = true
            new[n] = list[first + i - 1]
            marks[2 * n - 1], marks[2 * n] = at and at > ends and '-' .. score or mark, digest
        end
    end
    return new, marks
end

-- Keeps the marks of items that are in the queue now, and removes some of those whose time is over.
local function keep_marks(marks)
    if #marks > 0 then
        if set.format ~= MARKED then call('HSET', config, 'format', MARKED) end
        call('ZADD', known, unpack(marks))
    end
    local over = call('ZRANGEBYSCORE', known, '(0', now, 'LIMIT', 0, ENDED)
    if #over > 0 then call('ZREM', known, unpack(over)) end
end
-- The items of the batch that are not there yet, from here to the end.
local batch, first, marks = ARGV, #ARGV - fresh + following + 1, nil
if once and fresh > 0 then
    if end_void() then
        -- So the batches behind this one find a gap, and no end of the push.
        remember(so_far)
        if hold_ms > 0 then hold(hold_ms) end
        return answer('again', so_far)
    end
    batch, marks = new_ones(batch, first)
    fresh, first = #batch, 1
end
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
    if where == 'back' then
        call('LPUSH', list, unpack(batch, first))
    elseif where == 'front' then
        call('RPUSH', list, unpack(batch, first))
    else
        local records, due = {}, {}
        local suffix, head = '.' .. token, record(0, '', now, '', '')
        for i = 1, fresh do
            local id = (number + i) .. suffix
            records[2 * i - 1], records[2 * i] = id, head .. batch[first + i - 1]
            due[2 * i - 1], due[2 * i] = moment(now + where, id), id
        end
        raise_guard()
        call('HSET', items, unpack(records))
        call('ZADD', delayed, unpack(due))
    end
    added = added + fresh
end
if marks then keep_marks(marks) end
if total > 0 then remember(math.max(total, so_far)) end
if hold_ms > 0 then
    hold(hold_ms)
else
    if seal then call('HSET', config, 'sealed', 'yes') end
    if call('ZREM', producers, push_id) == 1 then drop_guard() end
end
return answer('pushed', math.max(total, so_far))
