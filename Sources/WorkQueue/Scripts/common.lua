-- shared: what all operations stand on.
-- KEYS are the queue's keys, in the order of Queue.swift, and at the end up to two of the operation's own. Whatever
-- moves an item writes it to its new place before it takes it from the old one, so that an error in between (a key of a
-- wrong type, say) can lose nothing.
local ready, processing, guard_lease, arriving, items, leased, delayed, dead, attempts, producers,
    config, stats, seq, lost, own_key, second_key = unpack(KEYS)
-- FORMAT goes up when a program of today would misread or lose what a new one writes: a key of another type, a record
-- with other fields. Then raise it here and in docs/protocol.md, say in CHANGELOG.md how a queue of the old format is
-- carried over, and let a test see that programs of both formats refuse each other's queues with 78.
local call, GUARD, FORMAT = redis.call, 'wq:busy', '1'
local ARRIVING_MS, LOST_KEPT, SLICE_BYTES, EPOCH_KEPT = 5000, 10000, 1048576, 8

-- Redis' clock in ms, as a whole number.
local function clock()
    local t = call('TIME')
    return t[1] * 1000 + math.floor(t[2] / 1000)
end

-- A format that is not ours ends the script.
local function check_format(format)
    if format and format ~= FORMAT then
        error('WQFORMAT ' .. format, 0)
    end
end

-- The queue's settings, with the default for what is not set or no number.
local function settings()
    local s = call('HMGET', config, 'format', 'max-attempts', 'retry-delay', 'retry-delay-max',
        'paused', 'sealed', 'open', 'max-item-bytes', 'epoch')
    check_format(s[1])
    return {format = s[1], max_attempts = tonumber(s[2]) or 10, retry_delay = tonumber(s[3]) or 1000,
        retry_delay_max = tonumber(s[4]) or 300000, paused = s[5] == 'yes', sealed = s[6] == 'yes',
        open = s[7] == 'yes', max_item_bytes = tonumber(s[8]) or 67108864, epoch = s[9]}
end

-- Marks the queue as used, with an epoch that no other queue has: whoever saw it notices if its data is lost.
local function mark_used(set, token)
    if set.epoch then return end
    call('HSET', config, 'format', FORMAT, 'epoch', token)
    set.epoch = token
end

-- How many items of a push were added, by its memory: the count and the first digits of the queue's epoch. nil if there
-- is none, or if it is about an earlier queue of this name.
local function remembered(memory, set)
    local count, digits = (memory or ''):match('^(%d+) (.+)$')
    return set.epoch and digits == set.epoch:sub(1, EPOCH_KEPT) and tonumber(count) or nil
end

local function memory_of(count, set)
    return count .. ' ' .. set.epoch:sub(1, EPOCH_KEPT)
end

-- The ID's score for a time in ms. Redis orders equal scores by text, 10 before 9: so there is a ms more for each digit
-- of the number but the first, and what happened in the same ms lies in the order of the numbers.
local function moment(ms, id)
    return ms + math.max(0, (id:find('.', 1, true) or 0) - 2)
end

-- Calls step(n) with growing n until `total` is reached, a step did less than asked, or the bytes that
-- the steps report pass a megabyte: many small items go quickly, a few huge ones do not fill the memory.
local function in_slices(total, step)
    local n, bytes = 1, 0
    while total > 0 and bytes < SLICE_BYTES do
        n = math.min(n, total)
        local done, size = step(n)
        if done < n then return end
        total, bytes, n = total - n, bytes + size, n * 4
    end
end

-- The guard keeps rediswq's empty() false while wq holds anything.
local function raise_guard()
    if call('LINDEX', processing, -1) ~= GUARD then
        call('SET', guard_lease, 'wq')
        call('RPUSH', processing, GUARD)
    end
end

-- A full Redis refuses a script's first write if it could grow, and none after that. This one cannot, so that
-- leasing and what returns items go on and the queue can be drained.
local function write_even_if_full()
    call('HDEL', stats, '')
end

-- For scripts that touch these last: an error then would come too late.
local function check_types()
    call('HLEN', stats)
    call('LLEN', processing)
end

local function drop_guard()
    if call('EXISTS', leased, delayed, producers) == 0 and call('LINDEX', processing, -1) == GUARD then
        call('RPOP', processing)
        call('DEL', guard_lease)
    end
end

-- What rediswq clients hold.
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
    return not set.open and call('EXISTS', ready, arriving, leased, delayed, producers) == 0
        and foreign() == 0
end

-- Splits lease IDs into those that are held, and those that are not, each followed by 'lost' (it was, and ran
-- out) or 'unknown'.
local function sort_leases(ids)
    local held, not_held, seen = {}, {}, {}
    for i, deadline in ipairs(call('ZMSCORE', leased, unpack(ids))) do
        if deadline then
            -- One that is named twice is settled once.
            if not seen[ids[i]] then held[#held + 1] = ids[i] end
            seen[ids[i]] = true
        else
            not_held[#not_held + 1] = ids[i]
            not_held[#not_held + 1] = call('ZSCORE', lost, ids[i]) and 'lost' or 'unknown'
        end
    end
    return held, not_held
end
