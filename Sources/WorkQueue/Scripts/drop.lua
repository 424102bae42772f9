-- parts: common, records, calls, known
-- Removes items for good by their IDs: leased ones, whose holders lose them, delayed ones, suspects, and dead ones.
-- ARGV: first and other digits of the call's token, whether it was sent before (1 or 0), IDs (up to 200)
-- Answers the IDs that no item has, each followed by 'lost', 'unknown' or 'doubtful'.
check_format(call('HGET', config, 'format'))
check_types()
local field, token, ids, sets, dropped = ARGV[1], ARGV[2], {unpack(ARGV, 4)}, {leased, delayed, suspects, dead}, 0
local found, others = sort_again(field, token, ARGV[3] == '1', ids, sets)
if #found == 0 then return others end
forget_known_of(found)
call('HDEL', items, unpack(found))
for _, key in ipairs(sets) do dropped = dropped + call('ZREM', key, unpack(found)) end
call('HINCRBY', stats, 'dropped', dropped)
drop_guard()
note(field, token, ids, others)
return others
