-- shared: the layout of records, after common.lua.
-- A record is the value of an ID in Q:items: attempt, owner, since, reason and the item, with TABs between them.

-- The most digits of a number in a record that Lua writes back as they were; and the highest attempt.
local MOST_DIGITS, MOST_ATTEMPTS = 14, 1000000000

-- Answers the part of a record between the attempt and the item.
local function middle(owner, since, reason)
    return '\t' .. owner .. '\t' .. since .. '\t' .. reason .. '\t'
end

local function record(attempt, owner, since, reason, item)
    return attempt .. middle(owner, since, reason) .. item
end

-- Answers attempt, owner, since, reason and item of a record. A record that somebody damaged is an item as it is, and
-- so is one that has a number with too many digits.
local function fields(text)
    local attempt, owner, since, reason, at = text:match('^(%d+)\t([^\t]*)\t(%d+)\t([^\t]*)\t()')
    if not at or #attempt > MOST_DIGITS or #since > MOST_DIGITS then return 1, '', 0, 'damaged record', text end
    return math.min(tonumber(attempt), MOST_ATTEMPTS), owner, since, reason, text:sub(at)
end

-- Answers the item of a record alone, which is quicker.
local function item_of(text)
    local at = text:match('^%d+\t[^\t]*\t%d+\t[^\t]*\t()')
    return at and text:sub(at) or text
end

-- Answers a page of IDs and scores of a sorted set: behind the ID that had that score, or the first ones if it is nil.
-- Those that go meanwhile move no other out of sight.
local function page_behind(key, id, score, limit)
    local rank = id and call('ZRANK', key, id)
    local first = rank and rank + 1 or id and call('ZCOUNT', key, '-inf', '(' .. score) or 0
    return call('ZRANGE', key, first, first + limit - 1, 'WITHSCORES')
end

-- Answers the records of the IDs, or of the first of them: about SLICE_BYTES at most, but one record at least.
local function records_of(ids)
    local n, bytes = 0, 0
    while n < #ids and bytes < SLICE_BYTES do
        n = n + 1
        bytes = bytes + call('HSTRLEN', items, ids[n])
    end
    return n == 0 and {} or call('HMGET', items, unpack(ids, 1, n))
end
