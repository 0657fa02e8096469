#!/bin/sh
# What dhclient, udhcpc and dhcpcd call: logs the event, and sets address and route in this namespace alone.
# LOG: where to. REFUSE: if that file exists dhclient is told that the address is taken.
if [ -n "$1" ]; then                    # udhcpc: $1 and ip, subnet, router
    event=$1 address=$ip mask=${mask:-24} gateway=${router%% *}
elif [ -n "$reason" ]; then             # dhclient and dhcpcd: $reason and new_*
    event=$reason address=$new_ip_address mask=${new_subnet_cidr:-24} gateway=${new_routers%% *}
else
    exit 0
fi
case "$event" in
    BOUND|bound) [ -e "$REFUSE" ] && { echo "REFUSED $address" >> "$LOG"; rm "$REFUSE"; exit 1; } ;;
esac
case "$event" in
    PREINIT) ip link set "$interface" up ;;
    BOUND|RENEW|REBIND|REBOOT|bound|renew)
        if [ -z "$OWN" ]; then          # dhcpcd sets its addresses itself
            ip -4 addr flush dev "$interface"
            ip addr add "$address/$mask" dev "$interface"
            [ -n "$gateway" ] && ip route replace default via "$gateway"
        fi ;;
    EXPIRE|FAIL|RELEASE|STOP|deconfig) [ -z "$OWN" ] && ip -4 addr flush dev "$interface" ;;
esac
echo "$event $address" >> "$LOG"
exit 0
