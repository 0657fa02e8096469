-- A client holds an address no longer: 1, or 0 if it did not.

local now, client, address, most = unpack(ARGV)

local lease = read(LEASES, address)
if not is_bound(lease, now) or lease[CLIENT] ~= client then
    return 0
end
lease[STATE], lease[EXPIRES] = 'released', now
put_lease(address, lease)
tell('released', address, lease, now, most)
return 1
