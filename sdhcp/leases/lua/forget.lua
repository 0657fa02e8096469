-- Remove what is older than a time, some entries of the history at a time; how many, and whether to go on.

local before, most = unpack(ARGV)

local old = {}
local entries = redis.call('XRANGE', HISTORY, '-', '+', 'COUNT', most)
for _, entry in ipairs(entries) do
    if is_after(before, cmsgpack.unpack(entry[2][6])[1]) then
        old[#old + 1] = entry[1]
    end
end
if #old > 0 then
    redis.call('XDEL', HISTORY, unpack(old))
end
return {#old, #entries == tonumber(most) and #old == #entries and 1 or 0}
