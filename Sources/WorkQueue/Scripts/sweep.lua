-- parts: common
-- Removes what a purge left, since it did not know the names: the memory of pushes to a queue that is no more,
-- unfinished lists of pushes, and the leases of rediswq clients. What a new queue of this name has stays.
-- KEYS: after those of all scripts, up to 500 whose names begin with Q:push: (these come first) or Q:leased_by_session:
-- ARGV: how many of them begin with Q:push:
-- Answers how many it removed.
local set, first = settings(), 14
local pushes, out = first + ARGV[1], {}
-- While rediswq clients hold items, these are their leases, which end by themselves.
local is_free = foreign() == 0
for i = first + 1, #KEYS do
    local key = KEYS[i]
    local void = is_free and key ~= guard_lease
    if i <= pushes then
        local memory = redis.pcall('GET', key)
        void = type(memory) == 'table' or not remembered(memory, set)
    end
    if void then out[#out + 1] = key end
end
return #out > 0 and call('UNLINK', unpack(out)) or 0
