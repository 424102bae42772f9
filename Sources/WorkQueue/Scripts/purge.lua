-- parts: common
-- Removes the queue's keys, but for Q:push:<id> and the leases of rediswq clients, whose names are not known.
-- ARGV: force (1 or 0), the epoch of the queue that is to be removed, or ''
-- Answers {1, 0} if that queue is gone, or {0, live leases} if it refused: leases that did not run out, and what
-- rediswq clients hold. A queue with another epoch came later, and stays.
-- Operators may run HMGET for other scripts; with HGET here they would need another permission.
local set = call('HMGET', config, 'format', 'epoch')
check_format(set[1])
if (set[2] or '') ~= ARGV[2] then return {1, 0} end
if ARGV[1] ~= '1' then
    local live = call('ZCOUNT', leased, '(' .. clock(), '+inf') + foreign()
    if live > 0 then return {0, live} end
end
call('UNLINK', unpack(KEYS))
return {1, 0}
