-- How many addresses are what, and which of some addresses, that belong to somebody, are held or lapsed as well.
-- Gives how many are bound, offered, lapsed, quarantined; of the given ones: held in any way, lapsed.

local now, given = unpack(ARGV)

sweep(now, 1000)
local bad = redis.call('ZCOUNT', BAD, '(' .. now, '+inf')
local held, lapsed = 0, 0
for at = 1, #given, 4 do
    local address = given:sub(at, at + 3)
    local lease = read(LEASES, address)
    if is_bound(lease, now) or is_quarantined(lease, now) or offer_at(address, now) then
        held = held + 1
    elseif lease then
        lapsed = lapsed + 1
    end
end
local live = redis.call('ZCOUNT', FREE, '(' .. now, '+inf')
local offered = redis.call('ZCOUNT', UNTIL, '(' .. now, '+inf')
local all = redis.call('ZCOUNT', FREE, '-inf', '+inf')
return {live - bad, offered, all - live + redis.call('ZCARD', ASIDE), bad, held, lapsed}
