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

-- Puts items of the set whose time has come back into the queue. Answers how many.
local function promote(set, now, limit, from_end)
    local due, texts = overdue(set, now, limit, from_end)
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
    return call('ZREM', set, unpack(due, 1, #texts))
end

-- Ends leases that ran out: their items become suspects, or are dead after the last attempt. Which were leased ahead
-- may not have begun: the first time that costs no attempt, unless there is only one. A suspect is due at once, since
-- its lease's time was its pause; a second time it waits. Answers how many became suspects, and how many died.
local function expire(now, set, limit, from_end)
    local over, texts, times = overdue(leased, now, limit, from_end)
    if #over == 0 then return 0, 0 end
    local apart, gone, losses, time = {}, {{}, {}, {}, {}, {}}, {}, tostring(now)
    for i, text in ipairs(texts) do
        if text then
            local id, attempt, owner, since, reason, item = over[i], fields(text)
            -- Somebody may have set the deadline, to 0 say, to take the lease away.
            local ended = math.floor(math.max(times[i], since))
            local is_free = reason == AHEAD and set.max_attempts ~= 1
            if not is_free and is_last(attempt, set) then
                local n = #gone[1] + 1
                gone[1][n], gone[2][n], gone[3][n], gone[4][n], gone[5][n] = id, attempt, owner, item, ended
            else
                local failed, again = is_free and attempt - 1 or attempt, is_suspect(reason)
                apart[#apart + 1] = {id, failed, owner, again and EXPIRED_AGAIN or EXPIRED, item,
                    again and now + back_off(failed, id, set) or math.min(ended, now)}
            end
        end
        losses[2 * i - 1], losses[2 * i] = time, over[i]
    end
    keep_lost(losses)
    lay_apart(apart, now, set)
    bury(gone[1], gone[2], gone[3], gone[4], gone[5], EXPIRED)
    call('HINCRBY', stats, 'expired', #apart + #gone[1])
    call('ZREM', leased, unpack(over, 1, #texts))
    return #apart, #gone[1]
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
    local promoted = promote(delayed, now, limit, from_end)
    local requeued, buried = expire(now, set, limit, from_end)
    requeued = requeued + rescue(now)
    if gone + promoted + requeued + buried > 0 then drop_guard() end
    return requeued, buried
end

-- Answers the ms until something is due: a lease's end, the time of a delayed item or a suspect; -1 if nothing will be.
-- A suspect that is due already does not count: it waits for somebody who may have it.
local function next_due(now, has_suspects)
    local due = -1
    local function look(first)
        if first[2] and (due < 0 or first[2] - now < due) then due = math.max(0, math.ceil(first[2] - now)) end
    end
    look(call('ZRANGE', leased, 0, 0, 'WITHSCORES'))
    look(call('ZRANGE', delayed, 0, 0, 'WITHSCORES'))
    if has_suspects then look(call('ZRANGEBYSCORE', suspects, '(' .. now, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)) end
    return due
end

-- An answer that gives nothing, in the form that lease.lua describes.
local function answer(state, ms, set, buried)
    return {state, ms, set.epoch or '', tonumber(call('HGET', stats, 'leased')) or 0, buried}
end

-- Answers for a queue that gives nothing: its state and when to look again. A drained queue is drained, paused or not.
local function nothing(now, set, has_suspects)
    local drained = is_drained(set)
    return answer(drained and 'drained' or set.paused and 'paused' or 'busy', next_due(now, has_suspects), set,
        drained and #call('ZRANGE', dead, 0, 0) or 0)
end
