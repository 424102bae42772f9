-- shared: how items that are due go back to the queue, so many a call, after back.lua.
-- The item that was due first goes back last, so that it is taken first.

-- How many items of killed waiters one call takes back at most.
local RESCUED = 200

-- Answers the IDs in the set that are due, the latest first: those that were due first, or (from the end) the latest of
-- all. Their records (of large items only the first) and their times follow.
local function overdue(set, now, limit, from_end)
    local page = from_end and call('ZREVRANGEBYSCORE', set, now, '-inf', 'WITHSCORES', 'LIMIT', 0, limit)
        or call('ZRANGEBYSCORE', set, '-inf', now, 'WITHSCORES', 'LIMIT', 0, limit)
    local ids, times, n = {}, {}, #page / 2
    for i = 1, n do
        local at = from_end and i or n + 1 - i
        ids[at], times[at] = page[2 * i - 1], page[2 * i]
    end
    return ids, records_of(ids), times
end

-- Puts delayed items whose time has come back. Answers how many.
local function promote(now, limit, from_end)
    local due, texts = overdue(delayed, now, limit, from_end)
    local ids, failed, list = {}, {}, {}
    if #due == 0 then return 0 end
    for i, text in ipairs(texts) do
        if text then
            local n = #ids + 1
            local attempt, _, _, _, item = fields(text)
            ids[n], failed[n], list[n] = due[i], attempt, item
        end
    end
    put_back(ids, failed, list)
    return call('ZREM', delayed, unpack(due, 1, #texts))
end

-- Ends leases that ran out: their items go back to the taking end, or are dead after the last attempt. Answers how many
-- went back, and how many died.
local function expire(now, set, limit, from_end)
    local over, texts, times = overdue(leased, now, limit, from_end)
    if #over == 0 then return 0, 0 end
    local rows, losses, time = {}, {}, tostring(now)
    for i, text in ipairs(texts) do
        if text then
            local attempt, owner, since, _, item = fields(text)
            -- Somebody may have set the deadline, to 0 say, to take the lease away.
            rows[#rows + 1] = {over[i], attempt, owner, item, math.floor(math.max(times[i], since))}
        end
        losses[2 * i - 1], losses[2 * i] = time, over[i]
    end
    local requeued, buried = fail(rows, set)
    keep_lost(losses)
    call('HINCRBY', stats, 'expired', requeued + buried)
    call('ZREM', leased, unpack(over, 1, #texts))
    return requeued, buried
end

-- Takes back items that a waiter took and never leased. The oldest one is marked when it is first seen; if it is still
-- there after ARRIVING_MS, all that were there then go back. A wrong guess (equal items look alike) costs their waiter
-- a round trip: it finds them gone and leases again. Answers how many went back.
local function rescue(now)
    local oldest = call('LINDEX', arriving, -1)
    if not oldest then return 0 end
    local digest, mark = redis.sha1hex(oldest), call('HGET', stats, 'arriving') or ''
    local seen, since, count = mark:match('^(%x+) (%d+) (%d+)$')
    local age = since and now - since
    -- A clock that was set back must not keep the items there until it has caught up.
    if seen ~= digest or age < 0 then
        call('HSET', stats, 'arriving', digest .. ' ' .. now .. ' ' .. call('LLEN', arriving))
        return 0
    end
    if age < ARRIVING_MS then return 0 end
    local moved = 0
    for _ = 1, math.min(tonumber(count), RESCUED) do
        if not call('LMOVE', arriving, ready, 'RIGHT', 'RIGHT') then break end
        moved = moved + 1
    end
    call('HDEL', stats, 'arriving')
    return moved
end

-- Ends holds of pushes that are over. After an outage, in which no push could say that it is still there, each lasts
-- so many ms more: a worker may be back before its producer.
local function end_holds(now, more)
    if more > 0 then
        for _, push in ipairs(call('ZRANGEBYSCORE', producers, '-inf', '(' .. now + more)) do
            call('ZADD', producers, 'XX', now + more, push)
        end
    end
    return call('ZREMRANGEBYSCORE', producers, '-inf', now)
end

-- Returns all that is due, at most `limit` of each kind. Answers how many went back and how many died.
local function heal(now, set, limit, from_end, hold_ms)
    write_even_if_full()
    local gone = end_holds(now, hold_ms or 0)
    local promoted = promote(now, limit, from_end)
    local requeued, buried = expire(now, set, limit, from_end)
    requeued = requeued + rescue(now)
    if gone + promoted + requeued + buried > 0 then drop_guard() end
    return requeued, buried
end

-- Answers the ms until something is due: a lease's end, a delayed item's time; -1 if nothing will be.
local function next_due(now)
    local due = -1
    for _, key in ipairs({leased, delayed}) do
        local first = call('ZRANGE', key, 0, 0, 'WITHSCORES')
        if first[2] and (due < 0 or first[2] - now < due) then due = math.max(0, math.ceil(first[2] - now)) end
    end
    return due
end

-- An answer that gives nothing, in the form that lease.lua describes.
local function answer(state, ms, set, buried)
    return {state, ms, set.epoch or '', tonumber(call('HGET', stats, 'leased')) or 0, buried}
end

-- Answers for a queue that gives nothing: its state and when to look again. A drained queue is drained, paused or not.
local function nothing(now, set)
    local drained = is_drained(set)
    return answer(drained and 'drained' or set.paused and 'paused' or 'busy', next_due(now), set,
        drained and #call('ZRANGE', dead, 0, 0) or 0)
end
