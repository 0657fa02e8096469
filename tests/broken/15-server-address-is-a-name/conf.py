DHCP_SERVER_IP = "dhcp.example.org"
DATABASE_ENGINE = None
