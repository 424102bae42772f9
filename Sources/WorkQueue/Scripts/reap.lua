-- parts: common, records, back, due
-- Returns items: those of expired leases, delayed ones that are due, those that killed waiters took; and suspects that
-- nobody leased for long, since only rediswq clients may be left, who do not see them.
-- ARGV: how many at most (of each kind)
-- Answers {requeued, dead, more, records beyond those that states refer to, items beyond those that were pushed}. more
-- is 1 while another call would find something due; the last two are negative if there are too few.
local limit = tonumber(ARGV[1])
local now, set = clock(), settings()
local UNWANTED_MS = 600000
local requeued, buried = heal(now, set, limit, true)
local unwanted = promote(suspects, now - UNWANTED_MS, limit, true)
drop_guard()
local due = unwanted == limit and 0 or next_due(now)
local kept = call('ZCARD', leased) + call('ZCARD', delayed) + call('ZCARD', suspects) + call('ZCARD', dead)
local done = call('HMGET', stats, 'completed', 'pushed', 'dropped')
local all = call('LLEN', ready) + call('LLEN', arriving) + kept + (tonumber(done[1]) or 0) + (tonumber(done[3]) or 0)
return {requeued, buried, due == 0 and 1 or 0, call('HLEN', items) - kept, all - (tonumber(done[2]) or 0)}
