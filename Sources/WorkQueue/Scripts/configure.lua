-- parts: common
-- Changes and shows the queue's settings.
-- ARGV: pairs of a key and a value that was checked; an empty value brings back the default
-- Answers the settings as they are then, with false for each that is the default, in the order of common.lua:
-- max-attempts, retry-delay, retry-delay-max, paused, sealed, open, max-item-bytes, max-leased, rate,
-- max-ready.
local set = settings()
for i = 1, #ARGV, 2 do
    if ARGV[i + 1] == '' then
        call('HDEL', config, ARGV[i])
    else
        if not set.format then call('HSET', config, 'format', FORMAT) end
        call('HSET', config, ARGV[i], ARGV[i + 1])
    end
end
return call('HMGET', config, 'max-attempts', 'retry-delay', 'retry-delay-max', 'paused', 'sealed', 'open',
    'max-item-bytes', 'max-leased', 'rate', 'max-ready')
