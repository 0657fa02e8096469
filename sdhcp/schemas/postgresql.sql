-- Reservations for sdhcp in PostgreSQL. A column that EXTRA_MAPS or EXTRA_SUBNETS names may be added to either table.

CREATE TABLE subnets (
    subnet VARCHAR(255) NOT NULL,       -- a name for the network, such as 192.168.0.0/24
    serial INTEGER NOT NULL DEFAULT 0,  -- tells several entries for one network apart
    lease_time BIGINT NOT NULL,         -- seconds
    gateway VARCHAR(255),               -- addresses, with commas between
    subnet_mask VARCHAR(15),
    broadcast_address VARCHAR(15),
    ntp_servers VARCHAR(255),           -- addresses, with commas between
    domain_name_servers VARCHAR(255),   -- addresses, with commas between
    domain_name VARCHAR(255),
    PRIMARY KEY (subnet, serial)
);

CREATE TABLE maps (
    mac VARCHAR(255) NOT NULL PRIMARY KEY,  -- such as 02:00:00:00:00:01, in lower case
    ip VARCHAR(15) NOT NULL,
    hostname VARCHAR(255),
    subnet VARCHAR(255) NOT NULL,
    serial INTEGER NOT NULL DEFAULT 0,
    UNIQUE (ip, subnet, serial),
    FOREIGN KEY (subnet, serial) REFERENCES subnets (subnet, serial)
);

-- For CASE_INSENSITIVE_MACS.
CREATE INDEX maps_mac_any_case ON maps (LOWER(mac));

-- The server's user needs no more than this:
-- GRANT SELECT ON maps, subnets TO dhcp;
