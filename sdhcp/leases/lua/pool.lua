-- What all scripts know of one pool. KEYS[1] is what the names of its keys begin with; times are text, in seconds since
-- the epoch, and addresses are their 4 octets.

local POOL = KEYS[1]
local LEASES = POOL .. ':leases'     -- address -> lease, as below
local ORDER = POOL .. ':order'       -- addresses with a lease, by number
local FREE = POOL .. ':free'         -- the same that are offered to nobody, by when they are free or have been since
local ASIDE = POOL .. ':aside'       -- the same as FREE, of addresses that are not lent again as long as they are here
local BAD = POOL .. ':quarantined'   -- quarantined addresses, by when that ends
local CLIENTS = POOL .. ':clients'   -- client -> the address that it holds or held last
local OFFERS = POOL .. ':offers'     -- address -> offer, as below
local OFFERED = POOL .. ':offered'   -- client -> the address that it is offered
local UNTIL = POOL .. ':until'       -- addresses that are offered, by when that ends
local FRESH = POOL .. ':fresh'       -- addresses that were never lent, and offered or cleared: by when that ended
local NEXT = POOL .. ':next'         -- the address that was offered last of those that never were before
local HISTORY = POOL .. ':history'   -- stream: what became of leases
local LAST = POOL .. ':last'         -- time and number of the last entry there

-- A lease.
local CLIENT, STATE, SINCE, EXPIRES, MAC, HOSTNAME, VIA, EVIDENCE = 1, 2, 3, 4, 5, 6, 7, 8
-- An offer is a lease whose state is offered.

local function is_after(time, now)
    return tonumber(time) > tonumber(now)
end

local function read(key, address)
    local packed = redis.call('HGET', key, address)
    return packed and cmsgpack.unpack(packed) or nil
end

local function number_of(address)
    local a, b, c, d = address:byte(1, 4)
    return string.format('%.0f', ((a * 256 + b) * 256 + c) * 256 + d)
end

local function put_lease(address, lease)
    redis.call('HSET', LEASES, address, cmsgpack.pack(lease))
    redis.call('ZADD', ORDER, number_of(address), address)
    redis.call('ZADD', FREE, lease[EXPIRES], address)
    redis.call('ZREM', ASIDE, address)
    redis.call('ZREM', FRESH, address)
    if lease[STATE] == 'quarantined' then
        redis.call('ZADD', BAD, lease[EXPIRES], address)
    else
        redis.call('ZREM', BAD, address)
    end
end

-- A client is no longer known to have held an address.
local function part(client, address)
    if redis.call('HGET', CLIENTS, client) == address then
        redis.call('HDEL', CLIENTS, client)
    end
end

local function drop_offer(address, now)
    local offer = read(OFFERS, address)
    if not offer then
        return
    end
    redis.call('HDEL', OFFERS, address)
    redis.call('ZREM', UNTIL, address)
    if redis.call('HGET', OFFERED, offer[CLIENT]) == address then
        redis.call('HDEL', OFFERED, offer[CLIENT])
    end
    local lease = read(LEASES, address)
    if lease then
        redis.call('ZADD', FREE, lease[EXPIRES], address)
    else
        redis.call('ZADD', FRESH, now, address)
    end
end

-- Some of the offers that have ended are forgotten; none of them counts, whether it is forgotten or not.
local function sweep(now, most)
    for _, address in ipairs(redis.call('ZRANGEBYSCORE', UNTIL, '-inf', now, 'LIMIT', 0, most)) do
        drop_offer(address, redis.call('ZSCORE', UNTIL, address))
    end
end

-- An offer that holds now.
local function offer_at(address, now)
    local offer = read(OFFERS, address)
    return offer and is_after(offer[EXPIRES], now) and offer or nil
end

local function is_bound(lease, now)
    return lease and lease[STATE] == 'bound' and is_after(lease[EXPIRES], now)
end

local function is_quarantined(lease, now)
    return lease and lease[STATE] == 'quarantined' and is_after(lease[EXPIRES], now)
end

-- Whether a client may have an address; the lease that is there.
local function is_free(address, client, now)
    local offer, lease = offer_at(address, now), read(LEASES, address)
    if offer and offer[CLIENT] ~= client then
        return false, lease
    end
    if is_quarantined(lease, now) or (is_bound(lease, now) and lease[CLIENT] ~= client) then
        return false, lease
    end
    return true, lease
end

-- Keep what has become of a lease; of the entries, so many at least are kept.
local function tell(what, address, lease, now, most)
    if tonumber(most) <= 0 then
        return
    end
    local last = redis.call('HMGET', LAST, 'time', 'number')
    local time = math.max(math.floor(tonumber(now) * 1000), tonumber(last[1] or 0), 0)
    -- The clock may have gone back; the stream goes by what happened first.
    local number = redis.call('HINCRBY', LAST, 'number', 1)
    redis.call('HSET', LAST, 'time', string.format('%.0f', time))
    redis.call('XADD', HISTORY, 'MAXLEN', '~', most, string.format('%.0f-%.0f', time, number),
        'a', address, 'c', lease[CLIENT], 'x', cmsgpack.pack({now, what, lease}))
end

local function answer(address, lease)
    return {address, unpack(lease, 1, 8)}
end
