DHCP_SERVER_IP = "192.0.2.1"
DATABASE_ENGINE = None
loadDHCPPacket = "a function"
