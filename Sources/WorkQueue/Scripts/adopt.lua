-- parts: common, records, back, due, limits, grant
-- Turns an item that a blocking take left in Q:arriving into a lease.
-- ARGV: token, count, lease in ms, owner, the item, how many of the items can begin at once
-- Answers as lease does; {'gone', 0} if the item is no longer there (another call took it back) or too large: the
-- caller leases again.
local token, count, lease_ms, owner = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local item, free = ARGV[5], tonumber(ARGV[6])
local now, set = clock(), settings()
write_even_if_full()
if call('ZSCORE', lost, token) or not call('LPOS', arriving, item) then return {'gone', 0} end
local function decline()
    call('RPUSH', ready, item)
    call('LREM', arriving, 1, item)
end
if set.paused then
    decline()
    return nothing(now, set, true)
end
local is_limited = set.max_leased > 0 or set.rate ~= '0'
if is_limited then
    local wait
    count, wait = allowed(count, now, set)
    if count == 0 then
        decline()
        return answer('limited', wait, set, 0)
    end
end
local out = {'leased', 0, '', 0}
if is_too_large(item, set) then
    bury_large(item, set, now, token)
    count = count + 1
else
    grant({item}, now, lease_ms, owner, token, out, free)
end
call('LREM', arriving, 1, item)
mark_used(set, token)
grant_ready(count - 1, now, lease_ms, owner, token, out, free, set)
if #out == 4 then return {'gone', 0} end
if is_limited then use_up((#out - 4) / 3, now, set) end
out[2], out[3] = call('LLEN', ready), set.epoch
return out
