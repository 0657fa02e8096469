-- Reservations for sdhcp in SQLite. A column that EXTRA_MAPS or EXTRA_SUBNETS names may be added to either table.

CREATE TABLE subnets (
    subnet TEXT NOT NULL,               -- a name for the network, such as 192.168.0.0/24
    serial INTEGER NOT NULL DEFAULT 0,  -- tells several entries for one network apart
    lease_time INTEGER NOT NULL,        -- seconds
    gateway TEXT,                       -- addresses, with commas between
    subnet_mask TEXT,
    broadcast_address TEXT,
    ntp_servers TEXT,                   -- addresses, with commas between
    domain_name_servers TEXT,           -- addresses, with commas between
    domain_name TEXT,
    PRIMARY KEY (subnet, serial)
);

CREATE TABLE maps (
    mac TEXT NOT NULL PRIMARY KEY,      -- such as 02:00:00:00:00:01, in lower case
    ip TEXT NOT NULL,
    hostname TEXT,
    subnet TEXT NOT NULL,
    serial INTEGER NOT NULL DEFAULT 0,
    UNIQUE (ip, subnet, serial),
    FOREIGN KEY (subnet, serial) REFERENCES subnets (subnet, serial)
);

-- For CASE_INSENSITIVE_MACS.
CREATE INDEX maps_mac_any_case ON maps (mac COLLATE NOCASE);
