-- parts: common, records
-- Looks through the leased, delayed or dead items for those that are not as they should be; reads only, a page a call.
-- ARGV: the state, how many to skip, how many to look at (large items: fewer), from how many ms on a lease is long, how
-- many failed attempts are many
-- Answers {how many were looked at, what, ID, number, owner, what, ...}. What and number are: bare, 0 (there is no
-- record); ahead, ms by which its time lies in the future; long, ms until the lease ends; held, ms since it was leased;
-- again, failed attempts.
local state, skip, limit = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local long, many = tonumber(ARGV[4]), tonumber(ARGV[5])
-- By how much a time may lie in the future before it counts as wrong, and the most ms that are told of a lease.
local SKEW_MS, MOST_MS = 1000, 1e14
settings()
local sets = {leased = leased, delayed = delayed, dead = dead}
local now, ids, times, out = clock(), {}, {}, {}
-- Answers a page of the IDs of a state and their scores; delayed items are followed by suspects.
local function page_of(key, from)
    local page = call('ZRANGE', key, from, from + limit - 1, 'WITHSCORES')
    if key ~= delayed or #page > 0 then return page end
    from = from - call('ZCARD', delayed)
    return call('ZRANGE', suspects, from, from + limit - 1, 'WITHSCORES')
end
local function tell(what, i, number, owner)
    for _, value in ipairs({what, ids[i], number, owner}) do out[#out + 1] = value end
end
local page = page_of(sets[state], skip)
for i = 1, #page / 2 do ids[i], times[i] = page[2 * i - 1], tonumber(page[2 * i]) end
local texts = records_of(ids)
for i, text in ipairs(texts) do
    if not text then
        tell('bare', i, 0, '')
    elseif state ~= 'dead' then
        local attempt, owner, since = fields(text)
        since = tonumber(since)
        if since > now + SKEW_MS then tell('ahead', i, since - now, owner) end
        if state == 'leased' then
            attempt = attempt - 1
            if times[i] > now + long then tell('long', i, math.floor(math.min(times[i] - now, MOST_MS)), owner) end
            if times[i] > now and since > 0 and since < now - long then tell('held', i, now - since, owner) end
        end
        if attempt >= many then tell('again', i, attempt, owner) end
    end
end
return {#texts, unpack(out)}
