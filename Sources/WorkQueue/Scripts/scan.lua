-- parts: common
-- Looks through one of the queue's hashes; reads only, a page a call.
-- ARGV: items or attempts, the cursor (0 to begin with)
-- Answers {next cursor (0 at the end), highest number, field, ...}. The fields are, of items, the IDs that are in no
-- state, and of attempts, those whose value is no number.
local which, cursor = ARGV[1], ARGV[2]
-- How many fields one call looks at, and how many digits a number of attempts has at most.
local PAGE, COUNT_DIGITS = 500, 9
settings()
local highest, out = 0, {}
local function is_number(text) return #text <= COUNT_DIGITS and text:find('^%d+$') end
local function is_odd(field, value)
    if which == 'items' then
        return not is_in_state(field)
    end
    for word in value:gmatch('%S+') do
        local failed = word:match('^(%d+)x?%d*$')
        if not failed or not is_number(failed) then return true end
        highest = math.max(highest, tonumber(failed))
    end
end
-- HSCAN answers the values, too, so steps are small where they are large.
local key = which == 'items' and items or attempts
in_slices(PAGE, function(n)
    local page, bytes = call('HSCAN', key, cursor, 'COUNT', n), 0
    cursor = page[1]
    for i = 1, #page[2], 2 do
        local field, value = page[2][i], page[2][i + 1]
        bytes = bytes + #value
        if is_odd(field, value) then out[#out + 1] = field end
    end
    return cursor == '0' and 0 or n, bytes
end)
return {cursor, highest, unpack(out)}
