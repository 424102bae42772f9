-- parts: common
-- Counts the items by state; reads only.
-- Answers {'drained' or 'busy', ready, arriving, leased, delayed, dead, rediswq, producers, ms by which the lease
-- that ends first is over (negative: is still good), now in ms, counters as field, value, ...}
local now, set = clock(), settings()
local holding = call('ZCOUNT', producers, '(' .. now, '+inf')
local n = {call('LLEN', ready), call('LLEN', arriving), call('ZCARD', leased), call('ZCARD', delayed),
    call('ZCARD', dead), foreign(), holding}
local left = n[1] + n[2] + n[3] + n[4] + n[6] + n[7]
local first = call('ZRANGE', leased, 0, 0, 'WITHSCORES')[2]
n[#n + 1], n[#n + 2] = first and now - first or 0, now
for _, field in ipairs(call('HGETALL', stats)) do n[#n + 1] = field end
return {left == 0 and not set.open and 'drained' or 'busy', unpack(n)}
