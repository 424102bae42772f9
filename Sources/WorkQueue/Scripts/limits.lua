-- shared: how many items may be leased at once, and how many in some time, after common.lua.
-- Of a rate nearly a second's worth may be used at once (GCRA): so no second has more than two seconds' worth, even if
-- commands start somewhat later than they are leased for. Q:stats remembers until when the rate is used up.

-- How many ms a unit of a rate is, how many ms may be used up in advance, and by how many ms times may be wrong that
-- are written with three decimals.
local UNIT_MS, BURST_MS, ROUNDED_MS = {s = 1000, m = 60000, h = 3600000}, 900, 0.01

-- Answers how many ms of the rate a lease uses up, how many may be used in advance, and until when they are used; nil
-- without a rate. A clock that was set back, or a rate that was lower before, must not keep items for long.
local function pace(now, set)
    local number, unit = set.rate:match('^(%d+)/([smh])$')
    if not number or tonumber(number) == 0 then return nil end
    local each = UNIT_MS[unit] / number
    local burst = math.max(BURST_MS, each)
    local used = tonumber(call('HGET', stats, 'rate')) or 0
    if used > now + burst then
        used = now + burst
        call('HSET', stats, 'rate', used)
    end
    return each, burst, math.max(now, used)
end

-- Answers how many of `count` items may be leased now. If none may: in how many ms one may, or -1 if somebody must give
-- up a lease first.
local function allowed(count, now, set)
    if set.max_leased > 0 then count = math.min(count, set.max_leased - call('ZCARD', leased)) end
    if count < 1 then return 0, -1 end
    local each, burst, used = pace(now, set)
    if not each then return count end
    local most = math.floor((now + burst - used + ROUNDED_MS) / each)
    if most < 1 then return 0, math.max(1, math.ceil(used + each - burst - now)) end
    return math.min(count, most)
end

-- Notes that so many leases were given.
local function use_up(count, now, set)
    local each, _, used = pace(now, set)
    if each then call('HSET', stats, 'rate', ('%.3f'):format(used + count * each)) end
end
