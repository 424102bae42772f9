-- parts: common, records, back
-- Records that no state refers to go back to the queue, as if their leases had run out; and IDs that have no record go.
-- ARGV: IDs (up to 64)
-- Answers {returned, IDs removed}.
settings()
check_types()
call('LLEN', ready)
write_even_if_full()
local ids, failed, list, bare = {}, {}, {}, 0
for _, id in ipairs(ARGV) do
    local text = call('HGET', items, id)
    if not text then
        -- A live lease is its holder's, who has the item and may complete it.
        bare = bare + call('ZREM', delayed, id) + call('ZREM', dead, id)
    elseif not call('ZSCORE', leased, id) and not call('ZSCORE', delayed, id) and not call('ZSCORE', dead, id) then
        local n = #ids + 1
        local attempt, _, _, _, item = fields(text)
        ids[n], failed[n], list[n] = id, attempt, item
    end
end
put_back(ids, failed, list)
drop_guard()
return {#ids, bare}
