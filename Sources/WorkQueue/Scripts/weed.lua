-- parts: common, records, calls, back, known
-- Drops the items of a state that match and that were there when the first of several steps was made, or shows them.
-- ARGV: first and other digits of the call's token, whether it was sent before (1 or 0), drop or show (1 or 0), the
--   state (ready, delayed or dead), a text that the item or the reason must contain, one that the reason must contain
--   (either may be empty), how many items to look at, and the place that the step before answered ('' to begin: such a
--   step only looks where to); or with the state ids, to show items: IDs (up to 64) in place of the last two
-- Answers {'went', how many were dropped, how many set aside, the next place ('' at the end), now in ms, then of each
-- item that is shown: state, ID, score in ms, record (a ready one has only the item, an unknown ID no state)}. The word
-- is 'doubtful' if the call was sent before and it is not known whether it dropped something.
local field, token, is_repeated, drops, state = ARGV[1], ARGV[2], ARGV[3] == '1', ARGV[4] == '1', ARGV[5]
local text_in, reason_in, limit, place = ARGV[6], ARGV[7], tonumber(ARGV[8]), ARGV[9]
local now, set, shown, dropped, aside = clock(), settings(), {}, 0, 0
-- LREM passes the items before the one that it removes. How many it always may pass, and how many one call may, about;
-- how many one call sets aside instead; as passing how many each of these costs; and from how many items on it judges
-- whether that pays.
local NEAR, MOST_PASSED, MOST_ASIDE, PRICE, ENOUGH = 1000, 20000, 200, 200, 16
check_types()
-- The types of all keys that are written later.
call('HLEN', attempts)
call('ZCARD', delayed)
call('ZCARD', known)

local function show(what, id, score, text)
    for _, field_text in ipairs({what, id, score, text}) do shown[#shown + 1] = field_text end
end

if state == 'ids' then
    local ids = {unpack(ARGV, 8)}
    local sets = {{'leased', leased}, {'dead', dead}, {'delayed', delayed}, {'delayed', suspects}}
    for i, text in ipairs(records_of(ids)) do
        local what, score = '', 0
        for _, pair in ipairs(sets) do
            local at = what == '' and call('ZSCORE', pair[2], ids[i])
            if at then what, score = pair[1], math.ceil(at) end
        end
        show(what, ids[i], score, text or '')
    end
    return {'went', 0, 0, '', now, unpack(shown)}
end

-- What only grows: items that came to the left end of the list (the other end has the next one), and what was dropped.
local counts = call('HMGET', stats, 'pushed', 'elsewhere', 'retried', 'dropped')
for i = 1, #counts do counts[i] = tonumber(counts[i]) or 0 end
local arrived, total = counts[1] - counts[2] + counts[3], counts[4]
local sets, epoch = {delayed = {delayed, suspects}, dead = {dead}}, set.epoch or '-'
-- A place is the epoch, what was dropped, when it began or how many had arrived then, how many ready items are left to
-- look at or which set it is about, and score and ID of the last item that was looked at and left.
local function next_place(mark, at, score, id)
    return ('%s %d %.0f %d %s %s'):format(epoch, total + dropped, mark, at, score, id)
end
if place == '' then
    local first = sets[state] and next_place(now, 1, '-', '') or next_place(arrived, call('LLEN', ready), '-', '')
    return {'went', 0, 0, first, now}
end
local was, seen, mark, at, score, last = place:match('^(%S+) (%S+) (%S+) (%S+) (%S+) (.*)$')
mark, at = tonumber(mark), tonumber(at)
if is_repeated then
    local noted = call('HGET', calls, field) or ''
    local n, moved, after = noted:sub(#token + 1):match('^ (%d+) (%d+) (.*)$')
    if n and noted:sub(1, #token) == token then return {'went', tonumber(n), tonumber(moved), after, now} end
    if tonumber(seen) ~= total then return {'doubtful', 0, 0, '', now} end
end
-- Another queue of this name came later.
if was ~= '-' and was ~= epoch then return {'went', 0, 0, '', now} end
-- A full Redis permits this, and then what follows.
if drops then call('HDEL', calls, '') end

local function is_meant(item, reason)
    return reason:find(reason_in, 1, true) and (item:find(text_in, 1, true) or reason:find(text_in, 1, true))
end

-- Looks at the items with records, in the order of their times, and goes on behind the one that it left last.
local function look_at_set(key)
    local page, ids, found, list = page_behind(key, last ~= '' and last, score, limit), {}, {}, {}
    for i = 1, #page / 2 do ids[i] = page[2 * i - 1] end
    local texts = records_of(ids)
    for i, text in ipairs(texts) do
        local _, _, since, reason, item = fields(text or '')
        local is_one = text and tonumber(since) <= mark and is_meant(item, reason)
        if is_one and drops then
            found[#found + 1], list[#list + 1] = ids[i], item
        else
            if is_one then show(state, ids[i], math.ceil(page[2 * i]), text) end
            score, last = page[2 * i], ids[i]
        end
    end
    if #found > 0 then
        forget_known(list)
        call('HDEL', items, unpack(found))
        dropped = call('ZREM', key, unpack(found))
    end
    return #texts
end

-- Keeps the items that would be taken next apart for a moment, as delayed ones that are due: whoever leases or reaps
-- returns them in their order.
local function set_aside(count)
    local list, failed, runs, records, dues = {}, nil, nil, {}, {}
    in_slices(count, function(n)
        local page, bytes = call('LRANGE', ready, -#list - n, -#list - 1), 0
        for i = #page, 1, -1 do list[#list + 1], bytes = page[i], bytes + #page[i] end
        return #page, bytes
    end)
    if call('EXISTS', attempts) == 1 then failed, runs = take_failed(list) end
    local number = call('INCRBY', seq, #list) - #list
    raise_guard()
    for i, item in ipairs(list) do
        local id = ('%d.%s%s'):format(number + i, field, token)
        records[2 * i - 1], records[2 * i] = id, record(failed and failed[i] or 0, '', now, '', item)
        dues[2 * i - 1], dues[2 * i] = moment(now - MOST_DIGITS, id), id
    end
    call('HSET', items, unpack(records))
    call('ZADD', delayed, unpack(dues))
    for _, item in ipairs(list) do call('LREM', ready, -1, item) end
    if runs then keep_runs(runs) end
    return #list
end

-- Looks at ready items, the next one first. What was pushed since it began lies left of those that are meant, and what
-- came back, or was pushed to the front, right of them. Each that matches is dropped by its bytes: of equal ones the
-- next, with what is known of its attempts.
local function look_at_list()
    local length, newer = call('LLEN', ready), math.max(0, arrived - mark)
    at = math.min(at, length - newer)
    local behind, passed, is_far, list = length - newer - at, 0, false, {}
    -- A mark costs as much as the rest.
    if drops and call('EXISTS', known) == 1 then limit = math.ceil(limit / 2) end
    in_slices(math.min(limit, at), function(n)
        local page, bytes, matching = call('LRANGE', ready, -behind - n, -behind - 1), 0, 0
        for i = 1, #page do matching = is_meant(page[i], '') and matching + 1 or matching end
        local pays = #page >= ENOUGH and matching * at > PRICE * #page
        for i = #page, 1, -1 do
            local item = page[i]
            local is_one = is_meant(item, '')
            is_far = is_one and drops and (behind > MOST_PASSED or behind > NEAR and pays)
            if is_far or passed > MOST_PASSED then return 0, 0 end
            bytes = bytes + #item
            if is_one and drops then
                call('LREM', ready, -1, item)
                list[#list + 1], passed = item, passed + behind
            else
                if is_one then show(state, '', 0, item) end
                behind = behind + 1
            end
            at = at - 1
        end
        return #page, bytes
    end)
    dropped = #list
    forget_known(list)
    if dropped > 0 and call('EXISTS', attempts) == 1 then
        local _, runs = take_failed(list)
        keep_runs(runs)
        forget_failed()
    elseif is_far then
        aside = set_aside(math.min(MOST_ASIDE, behind))
    end
    return at > 0
end

local there_is_more = true
if state == 'ready' then
    there_is_more = look_at_list()
elseif look_at_set(sets[state][at]) == 0 then
    at, score, last = at + 1, '-', ''
    there_is_more = sets[state][at]
end
if dropped > 0 then
    call('HINCRBY', stats, 'dropped', dropped)
    drop_guard()
end
local after = there_is_more and next_place(mark, at, score, last) or ''
if dropped + aside > 0 then
    call('HSET', calls, field, ('%s %d %d %s'):format(token, dropped, aside, after))
end
return {'went', dropped, aside, after, now, unpack(shown)}
