-- parts: grant_one, common, records, back, due, limits, grant, suspects
-- Returns items that are due, as many as it may lease and up to 32, so that they are leased in their order; then leases
-- suspects or ready items, up to about 1 MB of them.
-- ARGV: token (hex, ends the IDs), count (up to 200), lease in ms, owner, how many of the items can begin at once, how
--   many suspects may be beside others now, for how many ms a suspect that is to be alone must have been due (0: the
--   caller has nothing in hand), after an outage: ms that holds of pushes last at least from now on
-- Answers {'leased', more in ready, epoch, leases so far, ID, attempt, item, ID, ...}; the word is 'suspects' if all of
-- these are suspects, and 'alone' if it is one that is to be alone with its worker. Or {state, ms until something is
-- due or -1, epoch or '', leases so far, 1 if drained but for dead items} where state is paused, limited (the
-- ms are those until one more may be leased, -1: until somebody gives up a lease), drained or busy;
-- {'gone', 0} if the items that it would have leased were too large: the caller leases again.
local token, count, lease_ms, owner = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local free, share, patience = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local now, set = clock(), settings()
-- How many items that are due one call returns, of each kind.
local RETURNED = 32
-- After how many ms a suspect that is due is given to those, too, who could not begin it at once.
local OVERDUE_MS = 60000
-- The caller gave this call up: see recall.lua.
if call('ZSCORE', lost, token) then return answer('busy', -1, set, 0) end
heal(now, set, math.min(count, RETURNED), false, tonumber(ARGV[8]))
-- One command tells both: 1 for suspects, and 2 for ready items.
local function what_is_there() return call('EXISTS', suspects, ready, ready) end
local there = what_is_there()
-- Items that were due may have died, and there may be more of them.
if there < 2 then
    heal(now, set, RETURNED)
    there = what_is_there()
end
local has_suspects, has_ready = there % 2 == 1, there > 1
if set.paused then return nothing(now, set, has_suspects) end
local is_limited = set.max_leased > 0 or set.rate ~= '0'
if is_limited and there > 0 then
    local wait
    count, wait = allowed(count, now, set)
    if count == 0 then return answer('limited', wait, set, 0) end
end
local out = {'leased', 0, '', 0}
if has_suspects then
    -- None is leased ahead, but who always leases ahead must take it some time.
    local most, latest = has_ready and math.min(share, free) or free, now
    if free == 0 then most, latest = share, now - OVERDUE_MS end
    local ids, alone, since = due_suspects(latest, math.min(count, most))
    local word = 'suspects'
    if alone and (now - since >= patience or not has_ready and #ids == 0) then word, ids = 'alone', {alone} end
    grant_suspects(ids, now, lease_ms, owner, token, out)
    if #out > 4 then out[1] = word end
end
if #out == 4 then grant_ready(count, now, lease_ms, owner, token, out, free, set) end
if #out == 4 then
    -- The items that were to be leased were too large, and there are more.
    if call('EXISTS', ready) == 1 then return {'gone', 0} end
    return nothing(now, set, has_suspects)
end
if is_limited then use_up((#out - 4) / 3, now, set) end
mark_used(set, token)
out[2], out[3] = call('LLEN', ready), set.epoch
return out
