-- shared: what all operations need.
-- KEYS are the queue's keys, in the order of Queue.swift, and at the end up to two of the operation's own. Whatever
-- moves an item writes it to its new place before it takes it from the old one, so that an error in between (a key of a
-- wrong type, say) can lose nothing.
local ready, processing, guard_lease, arriving, items, leased, delayed, suspects, dead, attempts,
    producers, config, stats, seq, lost, known, calls, own_key, second_key = unpack(KEYS)
-- FORMAT goes up when a program of today would misread or lose what a new one writes: a key of another type, a record
-- with other fields. Then raise it here and in docs/protocol.md, say in CHANGELOG.md how a queue of the old format is
-- carried over, and let a test see that programs of both formats refuse each other's queues with 78.
-- A queue to which something was pushed with --unique or --once is of the format MARKED: what takes items out of it for
-- good must know of marks (see known.lua), and looks for them in no other queue.
local call, GUARD, FORMAT, MARKED = redis.call, 'wq:busy', '1', '2'
-- How long an item may lie in Q:arriving until its waiter counts as killed; how many lost leases are remembered; how
-- many bytes of items one call handles, about; how many digits of the epoch a push remembers.
local ARRIVING_MS, LOST_KEPT, SLICE_BYTES, EPOCH_KEPT = 5000, 10000, 1048576, 8

-- Redis' clock in ms, as a whole number.
local function clock()
    local t = call('TIME')
    return t[1] * 1000 + math.floor(t[2] / 1000)
end

-- Ends the script if the queue is in another format.
local function check_format(format)
    if format and format ~= FORMAT and format ~= MARKED then
        error('WQFORMAT ' .. format, 0)
    end
end

-- Answers the queue's settings; one that is not set, or is no number, has its default.
local function settings()
    local s = call('HMGET', config, 'format', 'max-attempts', 'retry-delay', 'retry-delay-max',
        'paused', 'sealed', 'open', 'max-item-bytes', 'max-leased', 'rate',
        'max-ready', 'epoch')
    check_format(s[1])
    return {format = s[1], max_attempts = tonumber(s[2]) or 10, retry_delay = tonumber(s[3]) or 1000,
        retry_delay_max = tonumber(s[4]) or 300000, paused = s[5] == 'yes', sealed = s[6] == 'yes',
        open = s[7] == 'yes', max_item_bytes = tonumber(s[8]) or 67108864, max_leased = tonumber(s[9]) or 0,
        rate = s[10] or '0', max_ready = tonumber(s[11]) or 0, epoch = s[12]}
end

-- Marks the queue as used, with an epoch that no other queue has: a program that saw the epoch notices if the queue's
-- data is lost.
local function mark_used(set, token)
    if set.epoch then return end
    call('HSET', config, 'format', set.format or FORMAT, 'epoch', token)
    set.epoch = token
end

-- How many items of a push are done with, and how many of them were added, by its memory: the count, the first digits
-- of the queue's epoch and, if they are not all, how many were added. nil if there is none, or if it is about an
-- earlier queue of this name.
local function remembered(memory, set)
    local count, digits, added = (memory or ''):match('^(%d+) (%S+) ?(%d*)$')
    if not set.epoch or digits ~= set.epoch:sub(1, EPOCH_KEPT) then return nil end
    return tonumber(count), tonumber(added) or tonumber(count)
end

local function memory_of(count, added, set)
    return count .. ' ' .. set.epoch:sub(1, EPOCH_KEPT) .. (added < count and ' ' .. added or '')
end

-- Answers the ID's score for a time in ms. Redis orders equal scores by text, 10 before 9: so there is a ms more for
-- each digit of the number but the first, and items of the same ms lie in the order of their numbers.
local function moment(ms, id)
    return ms + math.max(0, (id:find('.', 1, true) or 0) - 2)
end

-- Calls step(n) with growing n until `total` is reached, a step did less than it was asked for, or the bytes that the
-- steps report pass SLICE_BYTES: many small items go quickly, and a few huge ones do not fill the memory.
local function in_slices(total, step)
    local n, bytes = 1, 0
    while total > 0 and bytes < SLICE_BYTES do
        n = math.min(n, total)
        local done, size = step(n)
        if done < n then return end
        total, bytes, n = total - n, bytes + size, n * 4
    end
end

-- Puts the guard into Q:processing, which keeps rediswq's empty() false while wq holds anything.
local function raise_guard()
    if call('LINDEX', processing, -1) ~= GUARD then
        call('SET', guard_lease, 'wq')
        call('RPUSH', processing, GUARD)
    end
end

-- Makes a first write that takes no memory. A full Redis refuses a script's first write if that could grow, and none
-- after it; so leasing goes on, and so do scripts that return items, and the queue can be drained.
local function write_even_if_full()
    call('HDEL', stats, '')
end

-- Ends a script that touches these keys last if one has a wrong type: an error at its end would come too late.
local function check_types()
    call('HLEN', stats)
    call('LLEN', processing)
end

-- Removes the guard if wq holds nothing.
local function drop_guard()
    if call('EXISTS', leased, delayed, suspects, producers) > 0 then return end
    if call('LINDEX', processing, -1) ~= GUARD then return end
    -- A torn append-only file may have put it there twice. LREM takes no item for it, and finds it at once.
    repeat call('LREM', processing, -1, GUARD) until call('LINDEX', processing, -1) ~= GUARD
    call('DEL', guard_lease)
end

-- Answers how many items rediswq clients hold.
local function foreign()
    local n = call('LLEN', processing)
    return call('LINDEX', processing, -1) == GUARD and n - 1 or n
end

-- While no item lies in the queue, no failed attempts of any are remembered: who took
-- them without wq did not say so.
local function forget_failed()
    if call('EXISTS', ready, arriving) == 0 and foreign() == 0 then call('DEL', attempts) end
end

local function is_drained(set)
    return not set.open and call('EXISTS', ready, arriving, leased, delayed, suspects, producers) == 0
        and foreign() == 0
end

-- Whether an ID is one of an item in a state that has records.
local function is_in_state(id)
    for _, key in ipairs({leased, delayed, suspects, dead}) do
        if call('ZSCORE', key, id) then return true end
    end
    return false
end

-- Remembers IDs of leases that ran out, or tokens of calls that were given up: times in ms and what was lost then.
local function keep_lost(losses)
    call('ZADD', lost, unpack(losses))
    call('ZREMRANGEBYRANK', lost, 0, -LOST_KEPT - 1)
end

-- Splits IDs into those that are held, or in one of the sets that are given, and those that are not, each followed by
-- 'lost' (the lease ran out) or 'unknown'.
local function sort_leases(ids, sets)
    local held, not_held, seen, scores = {}, {}, {}, {}
    for _, key in ipairs(sets or {leased}) do
        for i, score in ipairs(call('ZMSCORE', key, unpack(ids))) do scores[i] = scores[i] or score end
    end
    for i, id in ipairs(ids) do
        if scores[i] then
            -- A lease that is named twice is settled once.
            if not seen[id] then held[#held + 1] = id end
            seen[id] = true
        else
            not_held[#not_held + 1] = id
            not_held[#not_held + 1] = call('ZSCORE', lost, id) and 'lost' or 'unknown'
        end
    end
    return held, not_held
end
