-- parts: common, records
-- Finds the leases that a call of lease or adopt granted whose answer was lost, and has that call grant nothing any
-- more if it is still on its way. Looks at one page of the leases that end late enough.
-- ARGV: the call's token, at most how many ms ago the call was first sent, lease in ms, how many leases to skip, how
-- many to look at
-- Answers {1 if there is another page, ID, attempt, item, ID, ...}.
local token, elapsed, lease_ms = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local now = clock()
-- By how much Redis' clock and the caller's may disagree about the time since then.
local SKEW_MS = 1000
check_format(call('HGET', config, 'format'))
write_even_if_full()
keep_lost({now, token})
local page = call('ZRANGEBYSCORE', leased, now - elapsed - SKEW_MS + lease_ms, '+inf', 'LIMIT', ARGV[4], ARGV[5])
local out, suffix = {#page == tonumber(ARGV[5]) and 1 or 0}, '.' .. token
for _, id in ipairs(page) do
    if id:sub(-#suffix) == suffix then
        local attempt, _, _, _, item = fields(call('HGET', items, id) or '')
        out[#out + 1], out[#out + 2], out[#out + 3] = id, attempt, item
    end
end
return out
