-- shared: how one item is leased while nothing else is to be done, before common.lua. Most leases are such: this makes
-- no function, looks only at what it needs, and hands Redis text, since a number costs it more. Else it falls through,
-- and has written nothing. ARGV and the answer are those of lease.lua.
if ARGV[2] == '1' and not ARGV[8] then
    local ready, processing, guard_lease, arriving, items, leased, delayed, suspects, _, attempts,
        producers, config, stats, seq, lost = unpack(KEYS)
    local call, token = redis.call, ARGV[1]
    local set, t = call('HMGET', config, 'format', 'epoch', 'paused', 'max-item-bytes', 'max-leased', 'rate'),
        call('TIME')
    local now = string.format('%d', t[1] * 1000 + t[2] / 1000)
    local item = (set[1] == '1' or set[1] == '2') and set[2] and set[3] ~= 'yes' and not set[5] and not set[6]
        and (call('EXISTS', arriving, delayed, suspects, attempts, producers) == 0
            or call('EXISTS', arriving, suspects, attempts) == 0
            and not call('ZRANGEBYSCORE', delayed, '-inf', now, 'LIMIT', '0', '1')[1]
            and not call('ZRANGEBYSCORE', producers, '-inf', now, 'LIMIT', '0', '1')[1])
        and not call('ZRANGEBYSCORE', leased, '-inf', now, 'LIMIT', '0', '1')[1]
        and not call('ZSCORE', lost, token)
        and call('LINDEX', ready, '-1')
    local most = tonumber(set[4]) or 67108864
    if item and (#item <= most or most == 0) then
        -- A full Redis permits this, and then what follows.
        call('HDEL', stats, '')
        local id = call('INCRBY', seq, '1') .. '.' .. token
        local count = call('HINCRBY', stats, 'leased', '1')
        if call('LINDEX', processing, '-1') ~= 'wq:busy' then
            call('SET', guard_lease, 'wq')
            call('RPUSH', processing, 'wq:busy')
        end
        local reason = ARGV[5] == '0' and 'leased ahead' or ''
        call('HSET', items, id, '1\t' .. ARGV[4] .. '\t' .. now .. '\t' .. reason .. '\t' .. item)
        -- There is a ms more for each digit but the first, as moment has it.
        call('ZADD', leased, string.format('%d', now + ARGV[3] + #id - #token - 2), id)
        call('LREM', ready, '-1', item)
        return {'leased', call('LLEN', ready), set[2], count, id, 1, item}
    end
end
