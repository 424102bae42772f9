-- parts: common, records
-- Completes leases: their items are done and go.
-- ARGV: lease IDs (up to 200)
-- Answers the IDs that were not held, each followed by 'lost' or 'unknown'.
check_format(call('HGET', config, 'format'))
check_types()
local held, not_held = sort_leases(ARGV)
if #held == 0 then return not_held end
if call('EXISTS', attempts) == 1 then
    for _, id in ipairs(held) do
        local text = call('HGET', items, id)
        -- Q:attempts has nothing about an item at its first attempt.
        if text and not is_first_attempt(text) then
            local _, _, _, _, item = fields(text)
            call('HDEL', attempts, redis.sha1hex(item))
        end
    end
end
call('HDEL', items, unpack(held))
call('HINCRBY', stats, 'completed', call('ZREM', leased, unpack(held)))
drop_guard()
return not_held
