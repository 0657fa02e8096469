"""A conf.py whose clients are helped by code of the site's own, one class for each of our interfaces."""

from boot_files import BootFiles
from guests import Guests
from lease_journal import LeaseJournal
from nearest_site import NearestSite
from quiet_hours import QuietHours

DHCP_SERVER_IP = "192.168.1.1"
ALLOW_DHCP_RELAYS = True

# A notebook that is at home at two sites.
DATABASE_ENGINE = {
    "02:00:5e:00:01:01": [
        {"ip": "10.1.0.20", "subnet": "10.1.0.0/16", "serial": 0, "lease_time": 14400, "extra": {"site": "north"}},
        {"ip": "10.2.0.20", "subnet": "10.2.0.0/16", "serial": 0, "lease_time": 14400, "extra": {"site": "south"}},
    ],
}

X_SITES = {"10.1.0.0/16": "north", "10.2.0.0/16": "south", "10.9.0.0/16": "south"}

HOOKS = [QuietHours("PrinterCo"), Guests("10.1.200.1", 50), NearestSite(X_SITES), BootFiles("10.1.0.9"), LeaseJournal()]
