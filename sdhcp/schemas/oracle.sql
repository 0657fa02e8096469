-- Reservations for sdhcp in Oracle Database. A column that EXTRA_MAPS or EXTRA_SUBNETS names may be added to either
-- table.

CREATE TABLE subnets (
    subnet VARCHAR2(255) NOT NULL,          -- a name for the network, such as 192.168.0.0/24
    serial NUMBER(15,0) DEFAULT 0 NOT NULL, -- tells several entries for one network apart
    lease_time NUMBER(15,0) NOT NULL,       -- seconds
    gateway VARCHAR2(255),                  -- addresses, with commas between
    subnet_mask VARCHAR2(15),
    broadcast_address VARCHAR2(15),
    ntp_servers VARCHAR2(255),              -- addresses, with commas between
    domain_name_servers VARCHAR2(255),      -- addresses, with commas between
    domain_name VARCHAR2(255),
    PRIMARY KEY (subnet, serial)
);

CREATE TABLE maps (
    mac VARCHAR2(255) NOT NULL PRIMARY KEY, -- such as 02:00:00:00:00:01, in lower case
    ip VARCHAR2(15) NOT NULL,
    hostname VARCHAR2(255),
    subnet VARCHAR2(255) NOT NULL,
    serial NUMBER(15,0) DEFAULT 0 NOT NULL,
    UNIQUE (ip, subnet, serial),
    FOREIGN KEY (subnet, serial) REFERENCES subnets (subnet, serial)
);

-- For CASE_INSENSITIVE_MACS.
CREATE INDEX maps_mac_any_case ON maps (LOWER(mac));

-- The server's user needs no more than this, and a synonym for each table that is in another schema:
-- GRANT SELECT ON maps TO dhcp;
-- GRANT SELECT ON subnets TO dhcp;
