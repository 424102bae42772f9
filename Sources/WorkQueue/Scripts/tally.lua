-- parts: common, records
-- Counts dead items by reason, or leases that are not over by owner; reads only, a page a call.
-- ARGV: dead or leased, how many to skip, how many to look at (large items: fewer)
-- Answers {how many were looked at, reason or owner, count, reason or owner, ...}.
local state, skip, limit = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
settings()
local key = dead
if state == 'leased' then
    -- Those that are over come first.
    key, skip = leased, skip + call('ZCOUNT', leased, '-inf', clock())
end
local texts, counts, order = records_of(call('ZRANGE', key, skip, skip + limit - 1)), {}, {}
local function add(name)
    if not counts[name] then order[#order + 1] = name end
    counts[name] = (counts[name] or 0) + 1
end
for _, text in ipairs(texts) do
    local _, owner, _, reason = fields(text or record(0, '', 0, 'no record', ''))
    if state == 'dead' then
        add(reason)
    elseif text then
        add(owner)
    end
end
local out = {#texts}
for _, name in ipairs(order) do out[#out + 1], out[#out + 2] = name, counts[name] end
return out
