-- parts: common, records, calls, back
-- Gives leased items back unfinished.
-- ARGV: first and other digits of the call's token, whether it was sent before (1 or 0), delay in ms (-1: the queue's
-- back-off), charge (1 or 0), dead (1 or 0), reason, lease IDs (up to 64)
-- Answers the IDs that were not held, each followed by 'lost', 'unknown' or 'doubtful'.
local delay, charged, to_dead, reason = tonumber(ARGV[4]), ARGV[5] == '1', ARGV[6] == '1', ARGV[7]
local now, set = clock(), settings()
check_types()
local field, token, ids = ARGV[1], ARGV[2], {unpack(ARGV, 8)}
local held, not_held = sort_again(field, token, ARGV[3] == '1', ids)
if #held == 0 then return not_held end
-- The items go one by one, since they may be huge, and from the last to the first, so that the first is taken first
-- again.
local released = 0
for n = #held, 1, -1 do
    local id = held[n]
    local text = call('HGET', items, id)
    if text then
        local attempt, owner, _, before, item = fields(text)
        local wait = delay
        if wait < 0 then
            wait = charged and back_off(attempt, id, set) or 0
        end
        local failed = charged and attempt or attempt - 1
        if to_dead or charged and is_last(attempt, set) then
            bury({id}, {attempt}, {owner}, {item}, {now}, reason)
        elseif wait > 0 then
            -- In this order, who may not do the one has not done the other.
            call('ZADD', delayed, moment(now + wait, id), id)
            call('HSET', items, id, record(failed, owner, now, reason, item))
        elseif not charged and is_suspect(before) then
            -- It did not get the try for which it was laid apart.
            lay_apart({{id, failed, owner, before, item, now}}, now, set)
        else
            put_back({id}, {failed}, {item})
        end
    end
    released = released + call('ZREM', leased, id)
end
call('HINCRBY', stats, 'released', released)
drop_guard()
note(field, token, ids, not_held)
return not_held
