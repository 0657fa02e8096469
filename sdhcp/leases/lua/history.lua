-- Entries of the history, the latest first, before a place in it; where to go on, '' at its end.

local place, address, client, look, most = unpack(ARGV)

local found, at = {}, ''
local entries = redis.call('XREVRANGE', HISTORY, place, '-', 'COUNT', look)
for _, entry in ipairs(entries) do
    local fields = entry[2]
    at = entry[1]
    if (address == '' or fields[2] == address) and (client == '' or fields[4] == client) then
        local kept = cmsgpack.unpack(fields[6])
        found[#found + 1] = {kept[1], kept[2], unpack(answer(fields[2], kept[3]))}
        if #found == tonumber(most) then
            return {'', found}
        end
    end
end
return {#entries == tonumber(look) and at or '', found}
