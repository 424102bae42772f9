-- shared: how leases are completed while all are held, before common.lua. Nearly always they are: this makes no
-- function. Else it falls through, and has written nothing. ARGV and the answer are those of complete.lua.
if ARGV[3] == '0' then
    local _, processing, guard_lease, _, items, leased, delayed, suspects, _, _,
        producers, config, stats, _, _, known, calls = unpack(KEYS)
    local call, n, are_held = redis.call, #ARGV - 3, true
    local deadlines, seen = call('ZMSCORE', leased, unpack(ARGV, 4)), {}
    for i = 1, n do
        local id = ARGV[i + 3]
        -- A lease that is named twice is settled once.
        if not deadlines[i] or seen[id] then are_held = false end
        seen[id] = true
    end
    -- A key of a wrong type ends it here, before the first write.
    local guard = call('LINDEX', processing, '-1')
    call('HLEN', items)
    local format = call('HGET', config, 'format')
    if are_held and (format == '1' or format == '2' and n == 1) then
        -- A full Redis permits these, and then what follows.
        call('HDEL', stats, '')
        call('HDEL', calls, '')
        local text = format == '2' and call('HGET', items, ARGV[4])
        if text then
            -- What becomes of the item's mark, as known.lua has it.
            local digest = redis.sha1hex(text:sub(text:match('^%d+\t[^\t]*\t%d+\t[^\t]*\t()') or 1))
            local mark = tonumber(call('ZSCORE', known, digest)) or 0
            local t = mark < -1 and call('TIME')
            if t and -mark > t[1] * 1000 + t[2] / 1000 then
                call('ZADD', known, 'XX', ('%.0f'):format(-mark), digest)
            elseif mark < 0 then
                call('ZREM', known, digest)
            end
        end
        call('ZREM', leased, unpack(ARGV, 4))
        call('HDEL', items, unpack(ARGV, 4))
        call('HINCRBY', stats, 'completed', n > 1 and n or '1')
        if guard == 'wq:busy' and call('EXISTS', leased, delayed, suspects, producers) == 0 then
            -- A torn append-only file may have put it there twice.
            repeat call('LREM', processing, '-1', guard) until call('LINDEX', processing, '-1') ~= guard
            call('DEL', guard_lease)
        end
        -- Should an error end it before, the call is in doubt.
        call('HSET', calls, ARGV[1], ARGV[2])
        return {}
    end
end
