-- parts: common, records, back, due
-- Returns what is due to the queue: expired leases, due delayed items, what killed waiters left behind.
-- ARGV: how many at most (of each kind)
-- Answers {requeued, dead, more}: more is 1 while another call would find work.
local limit = tonumber(ARGV[1])
local now, set = clock(), settings()
local requeued, buried = heal(now, set, limit, true)
drop_guard()
local due = next_due(now)
return {requeued, buried, due == 0 and 1 or 0}
