-- shared: the layout of records, after common.lua.
-- A record is the value of an ID in Q:items: attempt, owner, since, reason and the item, with TABs between them.
-- What stands between the attempt and the item.
local function middle(owner, since, reason)
    return '\t' .. owner .. '\t' .. since .. '\t' .. reason .. '\t'
end

local function record(attempt, owner, since, reason, item)
    return attempt .. middle(owner, since, reason) .. item
end

-- attempt, owner, since, reason, item. A record that somebody damaged is an item as it is, and so is one with a number
-- of more digits than Lua would write back.
local function fields(text)
    local attempt, owner, since, reason, at = text:match('^(%d+)\t([^\t]*)\t(%d+)\t([^\t]*)\t()')
    if not at or #attempt > 14 or #since > 14 then return 1, '', 0, 'damaged record', text end
    return math.min(tonumber(attempt), 1000000000), owner, since, reason, text:sub(at)
end

-- The records of the IDs, or of the first of them: no more than about a megabyte, but one at least.
local function records_of(ids)
    local n, bytes = 0, 0
    while n < #ids and bytes < SLICE_BYTES do
        n = n + 1
        bytes = bytes + call('HSTRLEN', items, ids[n])
    end
    return n == 0 and {} or call('HMGET', items, unpack(ids, 1, n))
end
