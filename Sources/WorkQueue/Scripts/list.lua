-- parts: common, records
-- Shows a page of the items in one state, or of the pushes that hold the queue open; reads only.
-- ARGV: the state (ready, arriving, leased, delayed, suspects, dead, rediswq) or producers, how many to skip, how many
--   at most; and of a state with records, in place of those to skip, ID and place of the one that was shown last
-- Answers {now in ms, item, ...} for a list, and after each ready item what is remembered of the attempts of its copies
-- (see back.lua), or 0; {now in ms, push, end of its hold in ms, ...} for producers; else {now in ms, place of the last
-- one, ID, score in ms, record, ...}. More may follow a short page of large items; an empty page is the end.
local state, skip, limit, last, place = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4], ARGV[5]
settings()
local lists = {ready = ready, arriving = arriving, rediswq = processing}
local sets = {leased = leased, delayed = delayed, suspects = suspects, dead = dead, producers = producers}
local out = {clock()}
local function failed_before(list)
    if state ~= 'ready' or #list == 0 or call('EXISTS', attempts) == 0 then return {} end
    local digests = {}
    for i, item in ipairs(list) do digests[i] = redis.sha1hex(item) end
    return call('HMGET', attempts, unpack(digests))
end
if lists[state] then
    in_slices(limit, function(n)
        local bytes, page = 0, call('LRANGE', lists[state], -skip - n, -skip - 1)
        local failed = failed_before(page)
        for i = #page, 1, -1 do
            out[#out + 1], bytes = page[i], bytes + #page[i]
            if state == 'ready' then out[#out + 1] = failed[i] or '0' end
        end
        skip = skip + #page
        return #page, bytes
    end)
    return out
end
local page, ids = page_behind(sets[state], last, place, limit), {}
for i = 1, #page / 2 do ids[i] = page[2 * i - 1] end
if state == 'producers' then
    for i, id in ipairs(ids) do out[2 * i], out[2 * i + 1] = id, math.floor(page[2 * i]) end
    return out
end
local texts = records_of(ids)
out[2] = page[2 * #texts] or ''
for i, text in ipairs(texts) do
    text = text or record(0, '', 0, 'no record', '')
    out[3 * i], out[3 * i + 1], out[3 * i + 2] = ids[i], math.ceil(page[2 * i]), text
end
return out
