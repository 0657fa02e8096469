"""Two namespaces and a link between them: a server, and whoever asks it as a relay agent."""

import socket

from sdhcp.wire.message import Message, decode, encode

from ..netns.yard import Yard, ip, udp_socket

SERVER, OTHER_SERVER, AGENT = "10.77.0.1", "10.77.0.3", "10.77.0.2"
CONF = """
DHCP_SERVER_IP = {server!r}
DATABASE_ENGINE = "INI"
INI_FILE = {ini!r}
ALLOW_DHCP_RELAYS = True
ENABLE_SUSPEND = False
UNAUTHORIZED_CLIENT_TIMEOUT = 0
DAEMON = False
LOG_CONSOLE_SEVERITY = "INFO"
"""
INI = """
[10.77.0.0/24|0]
lease-time: 3600
gateway: 10.77.0.2
subnet-mask: 255.255.255.0

[02:00:5e:00:01:01]
ip: 10.77.0.50
subnet: 10.77.0.0/24
serial: 0
"""


def conf(yard: Yard, server: str) -> str:
    """A conf.py for the example client."""
    ini = yard.folder / "dhcp.ini"
    ini.write_text(INI, encoding="ascii")
    return CONF.format(server=server, ini=str(ini))


def veth(yard: Yard, number: str = "") -> tuple[str, str]:
    """The server's namespace with device vsrv, the agent's with vcli; addresses in place.

    :param number: tells several such pairs apart.
    """
    server, agent = yard.space(f"s{number}"), yard.space(f"c{number}")
    yard.link(server, "vsrv", agent, "vcli")
    ip("-n", server, "addr", "add", f"{SERVER}/24", "dev", "vsrv")
    ip("-n", agent, "addr", "add", f"{AGENT}/24", "dev", "vcli")
    return server, agent


class Switch:
    """A segment that any number of hosts can be on."""

    def __init__(self, yard: Yard, name: str = "w") -> None:
        self._yard = yard
        self._space = yard.space(name)
        self._ports = 0
        ip("-n", self._space, "link", "add", "br0", "type", "bridge")
        ip("-n", self._space, "link", "set", "br0", "up")

    def plug(self, space: str, device: str, address: str = "") -> None:
        """Put a host on it."""
        port = f"p{self._ports}"
        self._ports += 1
        self._yard.link(space, device, self._space, port)
        ip("-n", self._space, "link", "set", port, "master", "br0")
        if address:
            ip("-n", space, "addr", "add", address, "dev", device)


class Agent:
    """A relay agent's socket in a namespace."""

    def __init__(self, space: str, address: str = AGENT) -> None:
        self.socket = udp_socket(space, address, 67)

    def send(self, message: Message, server: str = SERVER) -> None:
        self.socket.sendto(encode(message), (server, 67))

    def receive(self, patience: float) -> tuple[Message, str] | None:
        """The next reply and whose it is, None for silence."""
        self.socket.settimeout(patience)
        try:
            data, source = self.socket.recvfrom(65535)
        except TimeoutError:
            return None
        except OSError:  # an unreachable host is told of on the next call
            return None
        return decode(data), source[0]

    def everything(self, patience: float = 0.5) -> list[tuple[Message, str]]:
        """All replies until none comes for a while."""
        found = []
        while (reply := self.receive(patience)) is not None:
            found.append(reply)
        return found

    def close(self) -> None:
        self.socket.close()


class Client(Agent):
    """A client without an address on the server's own link: it broadcasts, and hears broadcasts."""

    def __init__(self, space: str) -> None:
        self.socket = udp_socket(space, "0.0.0.0", 68)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"vcli\0")

    def send(self, message: Message, server: str = "255.255.255.255") -> None:
        super().send(message, server)


def frames(space: str, device: str) -> socket.socket:
    """A socket that sends frames as they are."""
    from ..netns.yard import inside

    def make() -> socket.socket:
        made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        made.bind((device, 0))
        return made

    made: socket.socket = inside(space, make)
    return made
