-- Choose an address for a client. Gives how it was chosen and the lease, 'more' and the address that was offered last
-- of those that never were if others may follow, or 'none'.

local now, ends, client, mac, hostname, via, wish, denied, last, candidates = unpack(ARGV)

sweep(now, 16)
if denied ~= '' then
    -- Chosen before, though it may not be lent.
    local offer = read(OFFERS, denied)
    if offer and offer[CLIENT] == client then
        drop_offer(denied, now)
    end
    redis.call('ZREM', FRESH, denied)
    local score = redis.call('ZSCORE', FREE, denied)
    if score and not is_after(score, now) then
        redis.call('ZREM', FREE, denied)
        redis.call('ZADD', ASIDE, score, denied)
    end
end

local function give(how, address)
    local before = redis.call('HGET', OFFERED, client)
    if before and before ~= address then
        drop_offer(before, now)
    end
    -- One that has ended may still be there.
    drop_offer(address, now)
    local offer = {client, 'offered', now, ends, mac, hostname, via, ''}
    redis.call('HSET', OFFERS, address, cmsgpack.pack(offer))
    redis.call('HSET', OFFERED, client, address)
    redis.call('ZADD', UNTIL, ends, address)
    redis.call('ZREM', FRESH, address)
    redis.call('ZREM', FREE, address)
    return {how, unpack(answer(address, offer))}
end

local function own(key)
    local address = redis.call('HGET', key, client)
    if not address or address == denied then
        return nil
    end
    local free, lease = is_free(address, client, now)
    return free and address or nil, lease
end

local held, lease = own(CLIENTS)
if held and is_bound(lease, now) then
    if is_after(ends, lease[EXPIRES]) then
        lease[EXPIRES] = ends
        put_lease(held, lease)
    end
    return {'own', unpack(answer(held, lease))}
end
local offered = own(OFFERED)
if offered and offer_at(offered, now) then
    return give('own', offered)
end
if held and lease and lease[CLIENT] == client then
    return give('own', held)
end

if wish ~= '' and wish ~= denied then
    if is_free(wish, client, now) then
        return give('wish', wish)
    end
end

for _, address in ipairs(redis.call('ZRANGE', FRESH, 0, 15)) do
    if is_free(address, client, now) then
        return give('fresh', address)
    end
end
for at = 1, #candidates, 4 do
    local address = candidates:sub(at, at + 3)
    local free, there = is_free(address, client, now)
    if free and not there then
        redis.call('SET', NEXT, address)
        return give('unused', address)
    end
end
if last ~= '1' then
    return {'more', redis.call('GET', NEXT) or ''}
end

for _, address in ipairs(redis.call('ZRANGEBYSCORE', FREE, '-inf', now, 'LIMIT', 0, 16)) do
    if address ~= denied then
        if is_free(address, client, now) then
            return give('lapsed', address)
        end
    end
end
return {'none'}
