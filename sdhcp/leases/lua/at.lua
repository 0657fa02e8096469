-- Who holds an address, or held it last.

local now, address = unpack(ARGV)

local lease = read(LEASES, address)
local offer = not is_bound(lease, now) and offer_at(address, now)
if offer then
    return answer(address, offer)
end
return lease and answer(address, lease) or {}
