-- Forget all about an address: 1, or 0 if there was nothing.

local now, address, most = unpack(ARGV)

local lease, offer = read(LEASES, address), offer_at(address, now)
drop_offer(address, now)
if lease then
    part(lease[CLIENT], address)
    redis.call('HDEL', LEASES, address)
    for _, key in ipairs({ORDER, FREE, ASIDE, BAD}) do
        redis.call('ZREM', key, address)
    end
    redis.call('ZADD', FRESH, now, address)
    tell('cleared', address, lease, now, most)
end
return (lease or offer) and 1 or 0
