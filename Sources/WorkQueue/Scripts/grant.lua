-- shared: how items become leases, after due.lua.

-- How many items one call leases at most while some have failed before.
local LOOKED_UP = 100

-- Leases the items (in taking order) and appends ID, attempt and item of each to `out`.
local function grant(list, now, lease_ms, owner, token, out)
    local n, records, deadlines, digests = #list, {}, {}, nil
    if call('EXISTS', attempts) == 1 then
        digests = {}
        for i = 1, n do digests[i] = redis.sha1hex(list[i]) end
        digests = call('HMGET', attempts, unpack(digests))
    end
    local number = call('INCRBY', seq, n) - n
    call('HINCRBY', stats, 'leased', n)
    raise_guard()
    -- What is the same in all of them is made into text once.
    local suffix, head = '.' .. token, middle(owner, now, '')
    local at, length, deadline = #out, 0, nil
    for i = 1, n do
        local id, item = (number + i) .. suffix, list[i]
        local attempt = digests and (digests[i] or 0) + 1 or 1
        records[2 * i - 1], records[2 * i] = id, attempt .. head .. item
        if #id ~= length then length, deadline = #id, tostring(moment(now + lease_ms, id)) end
        deadlines[2 * i - 1], deadlines[2 * i] = deadline, id
        out[at + 1], out[at + 2], out[at + 3] = id, attempt, item
        at = at + 3
    end
    call('HSET', items, unpack(records))
    call('ZADD', leased, unpack(deadlines))
end

-- Leases up to `count` ready items; fewer if it must look up which have failed before.
local function grant_ready(count, now, lease_ms, owner, token, out)
    if call('EXISTS', attempts) == 1 then count = math.min(count, LOOKED_UP) end
    in_slices(count, function(n)
        local tail, list, bytes = call('LRANGE', ready, -n, -1), {}, 0
        for i = #tail, 1, -1 do
            list[#list + 1], bytes = tail[i], bytes + #tail[i]
        end
        if #list > 0 then
            grant(list, now, lease_ms, owner, token, out)
            call('LTRIM', ready, 0, -#list - 1)
        end
        return #list, bytes
    end)
end
