-- parts: none
-- Tells a waiter what it must know, as cheaply as can be, since many wait; reads only, and shares no part. It does not
-- check the format: lease does, which every waiter calls before it waits and before it gives up.
-- Answers as lease does when it gives nothing. The state is also 'ready', if there are items; 0 ms also stand for items
-- that lease would take back from Q:arriving.
local ready, processing, _, arriving, _, leased, delayed, suspects, dead, _, producers, config, stats = unpack(KEYS)
local call = redis.call
local set = call('HMGET', config, 'paused', 'open', 'epoch')
local paused, open, t = set[1] == 'yes', set[2] == 'yes', call('TIME')
local now, due, exist = t[1] * 1000 + math.floor(t[2] / 1000), -1, call('EXISTS', ready, arriving, suspects)
local keys = exist > 0 and {leased, delayed, producers, suspects} or {leased, delayed, producers}
for _, key in ipairs(keys) do
    local first = call('ZRANGE', key, 0, 0, 'WITHSCORES')[2]
    if first then
        exist = exist + 1
        if due < 0 or first - now < due then due = math.max(0, math.ceil(first - now)) end
    end
end
local function answer(state, ms, buried)
    return {state, ms, set[3] or '', tonumber(call('HGET', stats, 'leased')) or 0, buried or 0}
end
if paused and (exist > 0 or open) then return answer('paused', due) end
if exist == 0 and not open then
    local held = call('LLEN', processing)
    if held == 1 and call('LINDEX', processing, -1) == 'wq:busy' then held = 0 end
    if held == 0 then return answer('drained', due, #call('ZRANGE', dead, 0, 0)) end
end
if call('EXISTS', ready) == 1 then return answer('ready', 0) end
return answer('busy', call('EXISTS', arriving) == 1 and 0 or due)
