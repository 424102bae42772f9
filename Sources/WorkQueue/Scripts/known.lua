-- shared: the marks of items that were pushed once, after records.lua.
-- Q:known has a mark of each item that was pushed with --unique or --once, its SHA-1. While the item is in the queue,
-- in whatever state, the score is minus the time in ms until which it counts as pushed, or -1 if that is no longer than
-- it is there. When it has gone, what is left is that time, without the sign, or nothing.

-- The items whose marks these are, with their scores (false: there is none), are not in the queue any more.
local function end_marks(digests, scores, now)
    local over, kept = {}, {}
    for i, digest in ipairs(digests) do
        local score = tonumber(scores[i]) or 0
        if -score > now then
            kept[#kept + 1], kept[#kept + 2] = scores[i]:sub(2), digest
        elseif score < 0 then
            over[#over + 1] = digest
        end
    end
    if #kept > 0 then call('ZADD', known, 'XX', unpack(kept)) end
    if #over > 0 then call('ZREM', known, unpack(over)) end
end

local function end_marks_of(digests)
    end_marks(digests, call('ZMSCORE', known, unpack(digests)), clock())
end

local function digests_of(list, first)
    local digests = {}
    for i = first or 1, #list do digests[#digests + 1] = redis.sha1hex(list[i]) end
    return digests
end

-- Items leave the queue for good. Who calls this before that leaves them unmarked if an error comes in between: then
-- they may be pushed once more, and are not refused for ever.
local function forget_known(list)
    if #list > 0 and call('EXISTS', known) == 1 then end_marks_of(digests_of(list)) end
end

-- How many records are read at a time.
local READ = 20

-- The same for items whose records are there still, by their IDs.
local function forget_known_of(ids)
    if call('EXISTS', known) == 0 then return end
    local digests = {}
    -- Not all at once, since they may be huge.
    for i = 1, #ids, READ do
        for _, text in ipairs(call('HMGET', items, unpack(ids, i, math.min(#ids, i + READ - 1)))) do
            if text then digests[#digests + 1] = redis.sha1hex(item_of(text)) end
        end
    end
    if #digests > 0 then end_marks_of(digests) end
end
