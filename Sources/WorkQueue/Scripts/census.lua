-- parts: common
-- Counts the items by state; reads only. Suspects count as delayed.
-- ARGV: 1 if there was an outage a moment ago: a push may be back later than whoever asks, so that holds that are over
--   count, too
-- Answers {'drained' or 'busy', ready, arriving, leased, delayed, dead, rediswq, producers, ms since the end of the
-- lease that ends first (negative: until its end), ms until the end of the lease that ends last (negative: since its
-- end; 0 if there is none), records, 1 if paused, 1 if sealed, 1 if open, max-attempts, now in ms, epoch or '',
-- counters as field, value, ...}
local now, set = clock(), settings()
local holding = call('ZCOUNT', producers, ARGV[1] == '1' and '-inf' or '(' .. now, '+inf')
local n = {call('LLEN', ready), call('LLEN', arriving), call('ZCARD', leased),
    call('ZCARD', delayed) + call('ZCARD', suspects), call('ZCARD', dead), foreign(), holding}
local left = n[1] + n[2] + n[3] + n[4] + n[6] + n[7]
local first, last = call('ZRANGE', leased, 0, 0, 'WITHSCORES')[2], call('ZRANGE', leased, -1, -1, 'WITHSCORES')[2]
n[#n + 1], n[#n + 2] = first and now - first or 0, last and last - now or 0
n[#n + 1] = call('HLEN', items)
for _, is in ipairs({set.paused, set.sealed, set.open}) do n[#n + 1] = is and 1 or 0 end
n[#n + 1], n[#n + 2], n[#n + 3] = math.floor(set.max_attempts), now, set.epoch or ''
for _, field in ipairs(call('HGETALL', stats)) do n[#n + 1] = field end
return {left == 0 and not set.open and 'drained' or 'busy', unpack(n)}
