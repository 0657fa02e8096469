CREATE TABLE subnets(subnet TEXT, serial INTEGER, lease_time INTEGER);
CREATE TABLE maps(mac TEXT, ip TEXT, subnet TEXT, serial INTEGER);
