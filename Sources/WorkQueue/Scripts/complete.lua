-- parts: complete_held, common, records, calls, known
-- Completes leases: their items are done and go.
-- ARGV: first and other digits of the call's token, whether it was sent before (1 or 0), lease IDs (up to 200)
-- Answers the IDs that were not held, each followed by 'lost', 'unknown' or 'doubtful'.
check_format(call('HGET', config, 'format'))
check_types()
local field, token, ids = ARGV[1], ARGV[2], {unpack(ARGV, 4)}
local held, not_held = sort_again(field, token, ARGV[3] == '1', ids)
if #held == 0 then return not_held end
forget_known_of(held)
call('HDEL', items, unpack(held))
call('HINCRBY', stats, 'completed', call('ZREM', leased, unpack(held)))
drop_guard()
note(field, token, ids, not_held)
return not_held
