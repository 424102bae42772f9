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
local id = call('INCR', seq) .. '.rediswq'
local _, buried = fail({{id, failed[1] + 1, 'rediswq', item, now}}, set)
call('HINCRBY', stats, 'orphans', 1)
call('LREM', processing, 1, item)
return buried == 1 and 'dead' or 'requeued'
