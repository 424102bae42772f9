-- parts: common
-- Has leases end in so many ms from now.
-- ARGV: lease in ms, lease IDs (up to 200)
-- Answers the IDs that were not held, each followed by 'lost' or 'unknown'.
check_format(call('HGET', config, 'format'))
write_even_if_full()
local deadline, renewed = clock() + ARGV[1], {}
local held, not_held = sort_leases({unpack(ARGV, 2)})
for i, id in ipairs(held) do renewed[2 * i - 1], renewed[2 * i] = moment(deadline, id), id end
if #held > 0 then call('ZADD', leased, 'XX', unpack(renewed)) end
return not_held
