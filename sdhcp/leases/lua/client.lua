-- What a client holds or held last.

local now, client = unpack(ARGV)

local held = redis.call('HGET', CLIENTS, client)
local lease = held and read(LEASES, held)
if lease and lease[CLIENT] ~= client then
    lease = nil
end
local offered = redis.call('HGET', OFFERED, client)
local offer = offered and offer_at(offered, now)
if offer and not is_bound(lease, now) then
    return answer(offered, offer)
end
return lease and answer(held, lease) or {}
