-- shared: how items go back to the queue or to the dead, after records.lua.

-- Puts items back at the taking end and removes their records. `list` has the item that is to be taken last first.
-- failed[i] is how many attempts of item i failed; Q:attempts keeps the number if there were any, and equal items share
-- the highest one.
local function put_back(ids, failed, list)
    if #list == 0 then return end
    local digests, highest, marks = {}, {}, {}
    for i, item in ipairs(list) do
        if failed[i] > 0 then
            local digest = redis.sha1hex(item)
            if not highest[digest] then digests[#digests + 1] = digest end
            highest[digest] = math.max(highest[digest] or 0, failed[i])
        end
    end
    if #digests > 0 then
        for i, known in ipairs(call('HMGET', attempts, unpack(digests))) do
            local digest = digests[i]
            marks[2 * i - 1], marks[2 * i] = digest, math.max(highest[digest], tonumber(known or 0))
        end
        call('HSET', attempts, unpack(marks))
    end
    call('RPUSH', ready, unpack(list))
    call('HDEL', items, unpack(ids))
end

-- Gives items up for the reason: each becomes dead at its time in ms.
local function bury(ids, tries, owners, list, times, reason)
    if #list == 0 then return end
    local records, deaths, digests = {}, {}, {}
    for i, id in ipairs(ids) do
        records[2 * i - 1], records[2 * i] = id, record(tries[i], owners[i], times[i], reason, list[i])
        deaths[2 * i - 1], deaths[2 * i] = moment(times[i], id), id
        digests[i] = redis.sha1hex(list[i])
    end
    call('HSET', items, unpack(records))
    call('ZADD', dead, unpack(deaths))
    call('HDEL', attempts, unpack(digests))
    call('HINCRBY', stats, 'dead', #list)
end

-- Puts items whose leases ran out, the last of them first, where they belong: those whose attempts are used up become
-- dead, the others go back. Each row is ID, attempt, owner, item and the time of the lease's end. Answers how many went
-- back, and how many died.
local function fail(rows, set)
    local back, gone = {{}, {}, {}}, {{}, {}, {}, {}, {}}
    for _, row in ipairs(rows) do
        local id, attempt, owner, item, time = unpack(row)
        if set.max_attempts > 0 and attempt >= set.max_attempts then
            local n = #gone[1] + 1
            gone[1][n], gone[2][n], gone[3][n], gone[4][n], gone[5][n] = id, attempt, owner, item, time
        else
            local n = #back[1] + 1
            back[1][n], back[2][n], back[3][n] = id, attempt, item
        end
    end
    put_back(unpack(back))
    bury(gone[1], gone[2], gone[3], gone[4], gone[5], 'lease expired')
    return #back[1], #gone[1]
end
