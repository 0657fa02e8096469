-- An address is not to be lent for a while: 1; 0 if the client did not hold it, or, without a client, if anybody does.

local now, ends, client, address, evidence, most = unpack(ARGV)

local lease = read(LEASES, address)
if client ~= '' then
    if not is_bound(lease, now) or lease[CLIENT] ~= client then
        return 0
    end
elseif is_bound(lease, now) then
    return 0
end
drop_offer(address, now)
lease = lease or {'', '', now, '', '', '', '', ''}
part(lease[CLIENT], address)
lease[STATE], lease[EXPIRES], lease[EVIDENCE] = 'quarantined', ends, evidence
put_lease(address, lease)
tell(client ~= '' and 'declined' or 'quarantined', address, lease, now, most)
return 1
