-- shared: how suspects become leases, after grant.lua.

-- How many suspects that are due one call looks at.
local LOOKED_AT = 32

-- Answers the IDs of suspects that were due by then and may be beside others, `most` at most; and the first one that is
-- to be alone, and when it was due in ms.
local function due_suspects(latest, most)
    local page = call('ZRANGEBYSCORE', suspects, '-inf', latest, 'WITHSCORES', 'LIMIT', 0, LOOKED_AT)
    local ids, alone, since = {}, nil, nil
    for i = 1, #page, 2 do
        local due = tonumber(page[i + 1])
        if due % 1 == 0 then
            if #ids < most then ids[#ids + 1] = page[i] end
        elseif not alone then
            alone, since = page[i], due
        end
    end
    return ids, alone, since
end

-- Leases suspects of one reason; fewer if they are large.
local function grant_suspects(ids, now, lease_ms, owner, token, out)
    if #ids == 0 then return end
    local texts, list, failed, reason = records_of(ids), {}, {}, nil
    for _, text in ipairs(texts) do
        if text then
            local n = #list + 1
            local attempt, _, _, why, item = fields(text)
            list[n], failed[n], reason = item, attempt, why
        end
    end
    if #list > 0 then grant(list, now, lease_ms, owner, token, out, #list, reason, failed) end
    call('HDEL', items, unpack(ids, 1, #texts))
    call('ZREM', suspects, unpack(ids, 1, #texts))
end
