DHCP_SERVER_IP = "192.0.2.1"
class Clients:
    pass


DATABASE_ENGINE = Clients
