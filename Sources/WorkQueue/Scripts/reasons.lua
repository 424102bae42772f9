-- parts: common, records
-- Counts dead items by reason; reads only, a page a call.
-- ARGV: how many to skip, how many to look at (large items: fewer)
-- Answers {how many were looked at, reason, count, reason, ...}.
local skip, limit = tonumber(ARGV[1]), tonumber(ARGV[2])
settings()
local texts, counts, order = records_of(call('ZRANGE', dead, skip, skip + limit - 1)), {}, {}
for _, text in ipairs(texts) do
    local reason = 'no record'
    if text then _, _, _, reason = fields(text) end
    if not counts[reason] then order[#order + 1] = reason end
    counts[reason] = (counts[reason] or 0) + 1
end
local out = {#texts}
for _, reason in ipairs(order) do out[#out + 1], out[#out + 2] = reason, counts[reason] end
return out
