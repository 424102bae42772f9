-- parts: common, records, back
-- Returns a rediswq orphan to the queue: an element of Q:processing that has no lease.
-- own_key: Q:leased_by_session:<sha224 of the item>
-- ARGV: the item
-- Answers 'requeued', 'dead' (the item's attempts are used up) or 'held' (the item is leased by now, or gone).
local lease_key, item = own_key, ARGV[1]
local now, set = clock(), settings()
if call('EXISTS', lease_key) == 1 or not call('LPOS', processing, item) then return 'held' end
local failed, runs = take_failed({item})
write_even_if_full()
keep_runs(runs)
local id = call('INCRBY', seq, 1) .. '.rediswq'
local attempt = failed[1] + 1
local is_dead = is_last(attempt, set)
if is_dead then
    bury({id}, {attempt}, {'rediswq'}, {item}, {now}, EXPIRED)
else
    put_back({id}, {attempt}, {item})
end
call('HINCRBY', stats, 'orphans', 1)
call('LREM', processing, 1, item)
return is_dead and 'dead' or 'requeued'
