-- Some leases, by address, behind a number.

local after, most = unpack(ARGV)

local found = {}
for _, address in ipairs(redis.call('ZRANGEBYSCORE', ORDER, '(' .. after, '+inf', 'LIMIT', 0, most)) do
    found[#found + 1] = answer(address, read(LEASES, address))
end
return found
