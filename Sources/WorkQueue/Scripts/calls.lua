-- shared: what a call that settles leases answered, after common.lua.
-- Q:calls is a ring: the field is the first 12 bits of the call's token, the value the rest of the token and, if some
-- leases were not held, a letter for each lease that was named, in their order. So notes are few and short, and none
-- needs to be removed.

-- The leases that are held, and the answer about the others. If the call was sent before, they may be those that it
-- settled then, whose answer was lost: what it answered is answered again or, where that is not known any more,
-- 'doubtful' in place of 'unknown'. `sets` are those of sort_leases.
local function sort_again(field, token, is_repeated, ids, sets)
    -- A full Redis permits this, and it finds out whether the last write will succeed.
    call('HDEL', calls, '')
    local held, not_held = sort_leases(ids, sets)
    if not is_repeated or #not_held == 0 then return held, not_held end
    local noted, answer = call('HGET', calls, field) or '', {}
    if noted:sub(1, #token) == token then
        local words = {l = 'lost', u = 'unknown', d = 'doubtful'}
        for i, id in ipairs(ids) do
            local word = words[noted:sub(#token + i, #token + i)]
            if word then answer[#answer + 1], answer[#answer + 2] = id, word end
        end
        return held, answer
    end
    for i = 2, #not_held, 2 do
        if not_held[i] == 'unknown' then not_held[i] = 'doubtful' end
    end
    return held, not_held
end

-- Notes what the call answers, after all that it does: should an error end it before, it is in doubt.
local function note(field, token, ids, not_held)
    if #not_held > 0 then
        local letters, n = {token}, 1
        for i, id in ipairs(ids) do
            if not_held[n] == id then
                letters[i + 1], n = not_held[n + 1]:sub(1, 1), n + 2
            else
                letters[i + 1] = '-'
            end
        end
        token = table.concat(letters)
    end
    call('HSET', calls, field, token)
end
