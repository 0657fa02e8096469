-- Addresses that are not lent again for now (1), or may be again (0).

local yes, given = unpack(ARGV)

local from, to = FREE, ASIDE
if yes ~= '1' then
    from, to = ASIDE, FREE
end
for at = 1, #given, 4 do
    local address = given:sub(at, at + 3)
    local score = redis.call('ZSCORE', from, address)
    if score then
        redis.call('ZREM', from, address)
        redis.call('ZADD', to, score, address)
    end
end
return 1
