-- parts: common, records, back
-- Puts items whose records no state refers to back into the queue, as if their leases had run out; removes IDs that
-- have no record.
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
        -- A lease stays, since its holder has the item and may complete it.
        bare = bare + call('ZREM', delayed, id) + call('ZREM', suspects, id) + call('ZREM', dead, id)
    elseif not is_in_state(id) then
        local n = #ids + 1
        local attempt, _, _, _, item = fields(text)
        ids[n], failed[n], list[n] = id, attempt, item
    end
end
put_back(ids, failed, list)
drop_guard()
return {#ids, bare}
