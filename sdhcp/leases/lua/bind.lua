-- Lend an address to a client. Gives the lease, or nothing if somebody else has it.

local now, expires, client, address, mac, hostname, via, most = unpack(ARGV)

sweep(now, 4)
local free, lease = is_free(address, client, now)
if not free then
    return {}
end
local held = redis.call('HGET', CLIENTS, client)
if held and held ~= address then
    local other = read(LEASES, held)
    if is_bound(other, now) and other[CLIENT] == client then
        other[STATE], other[EXPIRES] = 'released', now
        put_lease(held, other)
        tell('released', held, other, now, most)
    end
end
local offered = redis.call('HGET', OFFERED, client)
if offered then
    drop_offer(offered, now)
end
-- One that has ended may still be there.
drop_offer(address, now)

local since, what = now, 'bound'
if lease and lease[CLIENT] ~= client then
    part(lease[CLIENT], address)
elseif lease and lease[STATE] ~= 'quarantined' then
    since = lease[SINCE]
    what = is_bound(lease, now) and 'renewed' or 'bound'
end
lease = {client, 'bound', since, expires, mac, hostname, via, ''}
put_lease(address, lease)
redis.call('HSET', CLIENTS, client, address)
tell(what, address, lease, now, most)
return answer(address, lease)
