-- parts: common, records
-- Puts dead items back into the queue, where they begin with their first attempt again.
-- ARGV: 'ids', then IDs (up to 64); or 'some', first rank, how many at most, a text that the item or the reason must
--   contain, and one that the reason must contain (either may be empty)
-- Answers {retried, looked at and left, more, unknown ID, ...}; more is 1 while there are ranks to look at. A call may
-- leave large items for another one: retried and left tell how far it came.
local mode, first, limit, text_in, reason_in = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4], ARGV[5]
settings()
check_types()
write_even_if_full()
call('LLEN', ready)
local ids = mode == 'ids' and {unpack(ARGV, 2)} or call('ZRANGE', dead, first, first + limit - 1)
local function is_meant(item, reason)
    return mode == 'ids' or reason:find(reason_in, 1, true)
        and (item:find(text_in, 1, true) or reason:find(text_in, 1, true))
end
local texts, found, list, unknown, seen = records_of(ids), {}, {}, {}, {}
for i, text in ipairs(texts) do
    local _, _, _, reason, item = fields(text or '')
    if not text or mode == 'ids' and not call('ZSCORE', dead, ids[i]) then
        unknown[#unknown + 1] = ids[i]
    elseif not seen[ids[i]] and is_meant(item, reason) then
        found[#found + 1], list[#list + 1], seen[ids[i]] = ids[i], item, true
    end
end
if #found > 0 then
    call('LPUSH', ready, unpack(list))
    call('HDEL', items, unpack(found))
    call('HINCRBY', stats, 'retried', call('ZREM', dead, unpack(found)))
end
local left = #texts - #found
local more = mode == 'some' and #ids > 0 and call('ZCARD', dead) > first + left
return {#found, left, more and 1 or 0, unpack(unknown)}
