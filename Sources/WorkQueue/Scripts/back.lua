-- shared: how items go back to the queue or to the dead, after records.lua.

-- Q:attempts remembers how many attempts failed of each copy of an item that came back and lies in the queue: runs of
-- attempts, or attempts x copies, in the order of the list, so that the last run is about the copy that is taken first.
-- Copies that never came back, below or without these, failed never.
local MOST_RUNS = 64

-- The runs of the items: for each the same table as for those equal to it. And a table of all, by their digests.
local function runs_of(list)
    local digests, own, all = {}, {}, {}
    for i, item in ipairs(list) do
        local digest = redis.sha1hex(item)
        if not all[digest] then digests[#digests + 1], all[digest] = digest, {} end
        own[i] = all[digest]
    end
    for i, text in ipairs(call('HMGET', attempts, unpack(digests))) do
        local runs = all[digests[i]]
        for word in (text or ''):gmatch('%S+') do
            local failed, copies = word:match('^(%d+)x?(%d*)$')
            runs[#runs + 1] = {failed + 0, tonumber(copies) or 1}
        end
    end
    return own, all
end

local function keep_runs(all)
    local marks, gone = {}, {}
    for digest, runs in pairs(all) do
        local words = {}
        for i, run in ipairs(runs) do
            words[i] = run[2] > 1 and ('%dx%d'):format(run[1], run[2]) or ('%d'):format(run[1])
        end
        if #words > 0 then
            marks[#marks + 1], marks[#marks + 2] = digest, table.concat(words, ' ')
        else
            gone[#gone + 1] = digest
        end
    end
    if #marks > 0 then call('HSET', attempts, unpack(marks)) end
    if #gone > 0 then call('HDEL', attempts, unpack(gone)) end
end

-- Remembers how many attempts of items failed that come to the taking end, the first to be taken last.
local function note_failed(failed, list)
    local any = call('EXISTS', attempts) == 1
    for i = 1, #list do any = any or failed[i] > 0 end
    if not any then return end
    local own, all = runs_of(list)
    for i, runs in ipairs(own) do
        local last = runs[#runs]
        if last and last[1] == failed[i] then
            last[2] = last[2] + 1
        elseif last or failed[i] > 0 then
            runs[#runs + 1] = {failed[i], 1}
        end
        -- The lower number is the one that harms nobody.
        if #runs > MOST_RUNS then
            local first = table.remove(runs, 1)
            runs[1] = {math.min(first[1], runs[1][1]), first[2] + runs[1][2]}
        end
    end
    keep_runs(all)
end

-- How many attempts failed of each item that is taken, in this order; and what keep_runs has to keep then.
local function take_failed(list)
    local failed, own, all = {}, runs_of(list)
    for i, runs in ipairs(own) do
        local last = runs[#runs]
        failed[i] = last and last[1] or 0
        if last and last[2] > 1 then last[2] = last[2] - 1 else runs[#runs] = nil end
    end
    return failed, all
end

-- Puts items back at the taking end and removes their records. `list` has the item that is to be taken last first.
-- failed[i] is how many attempts of item i failed.
local function put_back(ids, failed, list)
    if #list == 0 then return end
    note_failed(failed, list)
    call('RPUSH', ready, unpack(list))
    call('HDEL', items, unpack(ids))
end

-- Gives items up for the reason: each becomes dead at its time in ms.
local function bury(ids, tries, owners, list, times, reason)
    if #list == 0 then return end
    local records, deaths = {}, {}
    for i, id in ipairs(ids) do
        records[2 * i - 1], records[2 * i] = id, record(tries[i], owners[i], times[i], reason, list[i])
        deaths[2 * i - 1], deaths[2 * i] = moment(times[i], id), id
    end
    call('HSET', items, unpack(records))
    call('ZADD', dead, unpack(deaths))
    call('HINCRBY', stats, 'dead', #list)
end

local function is_last(attempt, set)
    return set.max_attempts > 0 and attempt >= set.max_attempts
end

-- Answers for how many ms an item waits after so many failed attempts: between half of the time that is set and all of
-- it, so that items that failed together do not come back together.
local function back_off(failed, id, set)
    local JITTER_DIGITS = 6
    local part = tonumber(redis.sha1hex(id):sub(1, JITTER_DIGITS), 16) / 16 ^ JITTER_DIGITS
    return math.ceil(math.min(set.retry_delay * 2 ^ (failed - 1), set.retry_delay_max) * (1 + part) / 2)
end

-- What stands in a leased item's record in place of a reason: that it was leased before its turn, so that it may not
-- have begun; or, of a suspect, what stood there before.
local AHEAD = 'leased ahead'
-- A suspect is an item whose last lease ran out, or whose last two did: it may have killed its worker.
local EXPIRED, EXPIRED_AGAIN = 'lease expired', 'lease expired again'

local function is_suspect(reason)
    return reason == EXPIRED or reason == EXPIRED_AGAIN
end

-- Lays suspects apart. Each row is ID, failed attempts, owner, reason, item, and when it is due, in whole ms. Half a ms
-- less tells that it is to be alone with its worker: one that was a suspect before, or has one attempt left.
local function lay_apart(rows, now, set)
    if #rows == 0 then return end
    local records, dues = {}, {}
    for i, row in ipairs(rows) do
        local id, failed, owner, reason, item, due = unpack(row)
        records[2 * i - 1], records[2 * i] = id, record(failed, owner, now, reason, item)
        local is_alone = reason == EXPIRED_AGAIN or is_last(failed + 1, set)
        dues[2 * i - 1], dues[2 * i] = is_alone and due - 0.5 or due, id
    end
    call('HSET', items, unpack(records))
    call('ZADD', suspects, unpack(dues))
end
