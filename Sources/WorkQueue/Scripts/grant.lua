-- shared: how items become leases, after due.lua.

-- How many items one call leases at most while some have failed before; and a value that is longer than those that
-- Redis keeps in a form which it searches from one end to the other.
local LOOKED_UP, LONG = 100, ('-'):rep(65)

-- Leases the items (in taking order), and appends ID, attempt and item of each to `out`, whose fourth element becomes
-- the count of the queue's leases so far. All but the first `free` of the call are leased ahead. Of suspects the reason
-- is given, and how many attempts of each failed.
local function grant(list, now, lease_ms, owner, token, out, free, reason, failed)
    local n, records, deadlines, runs = #list, {}, {}, nil
    if not failed and call('EXISTS', attempts) == 1 then failed, runs = take_failed(list) end
    local number = call('INCRBY', seq, n) - n
    out[4] = call('HINCRBY', stats, 'leased', n)
    raise_guard()
    -- The parts that all records share, and those that most IDs do, are made into text once.
    local suffix, head, ahead = '.' .. token, middle(owner, now, reason or ''), middle(owner, now, AHEAD)
    local at, length, deadline = #out, 0, nil
    local UNITS, tens = {'0', '1', '2', '3', '4', '5', '6', '7', '8', '9'}, nil
    free = free - (at - 4) / 3
    for i = 1, n do
        local unit, item = (number + i) % 10, list[i]
        if unit == 0 or not tens then tens = number + i < 10 and '' or ('%d'):format((number + i) / 10) end
        local id = tens .. UNITS[unit + 1] .. suffix
        local attempt = failed and failed[i] + 1 or 1
        records[2 * i - 1], records[2 * i] = id, (failed and attempt or '1') .. (i > free and ahead or head) .. item
        if #id ~= length then length, deadline = #id, tostring(moment(now + lease_ms, id)) end
        deadlines[2 * i - 1], deadlines[2 * i] = deadline, id
        out[at + 1], out[at + 2], out[at + 3] = id, attempt, item
        at = at + 3
    end
    -- Many at once go quickly into a real hash, and slowly into one of the other form.
    if n > 16 then call('HSET', items, '', LONG) end
    call('HSET', items, unpack(records))
    if n > 16 then call('HDEL', items, '') end
    call('ZADD', leased, unpack(deadlines))
    if runs then keep_runs(runs) end
end

local function is_too_large(item, set)
    return set.max_item_bytes > 0 and #item > set.max_item_bytes
end

-- Gives up an item that no worker should have to hold in its memory. Another program than wq-push has pushed it.
local function bury_large(item, set, now, token)
    mark_used(set, token)
    local id = call('INCRBY', seq, 1) .. '.' .. token
    local failed, runs = {0}, nil
    if call('EXISTS', attempts) == 1 then failed, runs = take_failed({item}) end
    bury({id}, failed, {''}, {item}, {now}, 'larger than max-item-bytes=' .. ('%d'):format(set.max_item_bytes))
    if runs then keep_runs(runs) end
end

-- Removes the item that is last in the list. LREM finds it at once, and names it: an append-only file that a power cut
-- tore may show a transaction twice to Redis, and a number or an end of the list would then stand for another item.
local function take(item)
    call('LREM', ready, -1, item)
end

-- Leases up to `count` ready items; fewer if it must look up which of them failed before.
local function grant_ready(count, now, lease_ms, owner, token, out, free, set)
    local have_failed = call('EXISTS', attempts) == 1
    if have_failed then count = math.min(count, LOOKED_UP) end
    in_slices(count, function(n)
        local tail, list, bytes, large = call('LRANGE', ready, -n, -1), {}, 0, nil
        for i = #tail, 1, -1 do
            bytes = bytes + #tail[i]
            if bytes > set.max_item_bytes and is_too_large(tail[i], set) then
                large = tail[i]
                break
            end
            list[#list + 1] = tail[i]
        end
        if #list > 0 then
            grant(list, now, lease_ms, owner, token, out, free)
            for _, item in ipairs(list) do take(item) end
        end
        if large then
            bury_large(large, set, now, token)
            take(large)
            return n, bytes
        end
        return #list, bytes
    end)
    if have_failed then forget_failed() end
end
