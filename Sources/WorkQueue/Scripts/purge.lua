-- parts: common
-- Removes the queue's keys, but for Q:push:<id> and the leases of rediswq clients, whose names are not known.
-- ARGV: force (1 or 0)
-- Answers {1, 0}, or {0, live leases} if it refused: leases that did not run out, and what rediswq clients hold.
-- Operators may run HMGET for other scripts; with HGET here they would need another permission.
check_format(call('HMGET', config, 'format')[1])
if ARGV[1] ~= '1' then
    local live = call('ZCOUNT', leased, '(' .. clock(), '+inf') + foreign()
    if live > 0 then return {0, live} end
end
call('UNLINK', unpack(KEYS))
return {1, 0}
