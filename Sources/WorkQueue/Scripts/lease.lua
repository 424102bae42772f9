-- parts: grant_one, common, records, back, due, grant
-- Returns items that are due, as many as it may lease and up to 32, so that they are leased in their order; then leases
-- ready items, up to about 1 MB of them.
-- ARGV: token (hex, ends the IDs), count (up to 200), lease in ms, owner, after an outage: ms that holds of pushes
--   last at least from now on
-- Answers {'leased', more in ready, epoch, leases so far, ID, attempt, item, ID, ...}, or {state, ms until something
-- is due or -1, epoch or '', leases so far, 1 if drained but for dead items} where state is paused, drained or busy;
-- {'gone', 0} if the items that it would have leased were too large: the caller leases again.
local token, count, lease_ms, owner = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local now, set = clock(), settings()
-- How many items that are due one call returns, of each kind.
local RETURNED = 32
-- The caller gave this call up: see recall.lua.
if call('ZSCORE', lost, token) then return answer('busy', -1, set, 0) end
heal(now, set, math.min(count, RETURNED), false, tonumber(ARGV[5]))
-- Items that were due may have died, and there may be more of them.
if call('EXISTS', ready) == 0 then heal(now, set, RETURNED) end
if set.paused then return nothing(now, set) end
local out = {'leased', 0, '', 0}
grant_ready(count, now, lease_ms, owner, token, out, set)
if #out == 4 then
    -- The items that were to be leased were too large, and there are more.
    if call('EXISTS', ready) == 1 then return {'gone', 0} end
    return nothing(now, set)
end
mark_used(set, token)
out[2], out[3] = call('LLEN', ready), set.epoch
return out
