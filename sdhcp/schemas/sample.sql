-- Sample data for any of the databases, once the tables are there; sample.ini has the same.

INSERT INTO subnets
    (subnet, serial, lease_time, gateway, subnet_mask, broadcast_address, ntp_servers, domain_name_servers, domain_name)
VALUES
    ('192.168.0.0/24', 0, 14400, '192.168.0.1', '255.255.255.0', '192.168.0.255', '192.168.0.3',
     '192.168.0.1, 192.168.0.2', 'example.org');
INSERT INTO subnets
    (subnet, serial, lease_time, gateway, subnet_mask, broadcast_address, ntp_servers, domain_name_servers, domain_name)
VALUES
    ('192.168.0.0/24', 1, 600, '192.168.0.1', '255.255.255.0', '192.168.0.255', NULL, '192.168.0.1', NULL);
INSERT INTO subnets (subnet, serial, lease_time) VALUES ('10.0.0.0/8', 0, 86400);

INSERT INTO maps (mac, ip, hostname, subnet, serial)
VALUES ('02:00:00:00:00:01', '192.168.0.10', 'printer', '192.168.0.0/24', 0);
INSERT INTO maps (mac, ip, hostname, subnet, serial)
VALUES ('02:00:00:00:00:02', '192.168.0.200', 'guest', '192.168.0.0/24', 1);
INSERT INTO maps (mac, ip, hostname, subnet, serial)
VALUES ('02:00:00:00:00:03', '10.0.0.77', NULL, '10.0.0.0/8', 0);
