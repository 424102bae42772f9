-- parts: common
-- Removes what a purge left, since it did not know the names: the memory of pushes to a queue that is no more,
-- unfinished lists of pushes, and the leases of rediswq clients. What a new queue of this name has stays.
-- KEYS: after those of all scripts, 1 to 500 whose names begin with Q:push: (these come first) or
--   Q:leased_by_session:
-- ARGV: how many of them begin with Q:push:, how many do not
-- Answers nothing.
local set, first = settings(), #KEYS - ARGV[1] - ARGV[2]
local pushes, out = first + ARGV[1], {}
-- A list has no value here. MGET is a command that nobody else needs: who may purge may still not push.
local values = call('MGET', unpack(KEYS, first + 1))
-- While rediswq clients hold items, these are their leases, which end by themselves.
local is_free = foreign() == 0
for i = first + 1, #KEYS do
    local void = is_free and KEYS[i] ~= guard_lease
    if i <= pushes then void = not remembered(values[i - first], set) end
    if void then out[#out + 1] = KEYS[i] end
end
if #out > 0 then call('UNLINK', unpack(out)) end
