-- parts: common
-- Completes leases: their items are done and go.
-- ARGV: lease IDs (up to 200)
-- Answers the IDs that were not held, each followed by 'lost' or 'unknown'.
check_format(call('HGET', config, 'format'))
check_types()
local held, not_held = sort_leases(ARGV)
if #held == 0 then return not_held end
call('HDEL', items, unpack(held))
call('HINCRBY', stats, 'completed', call('ZREM', leased, unpack(held)))
drop_guard()
return not_held
