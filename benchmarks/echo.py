"""What Twisted itself costs: every packet goes back with only the octets changed that make it a reply."""

from twisted.internet import reactor
from twisted.internet.protocol import DatagramProtocol

from .link import SERVER_ADDRESS

RECEIVE_BUFFER = 8 << 20
SERVER = bytes(int(part) for part in SERVER_ADDRESS.split("."))
TAIL = b"\x36\x04" + SERVER + b"\x33\x04\x00\x00\x0e\x10\xff"
ANSWERS = {1: b"\x35\x01\x02", 3: b"\x35\x01\x05"}


class Echo(DatagramProtocol):
    """Looks at the message type alone, which both generators send first."""

    def datagramReceived(self, data: bytes, address: tuple[str, int]) -> None:  # noqa: N802  Twisted's name
        """Send it back."""
        answer = ANSWERS[data[242]]
        reply = b"".join((b"\x02", data[1:16], b"\x0a\x00\x10", data[33:34], data[20:240], answer, TAIL))
        self.transport.write(reply.ljust(300, b"\0"), address)


def main() -> None:
    """Serve until it is ended."""
    import socket

    port = reactor.listenUDP(67, Echo(), interface=SERVER_ADDRESS, maxPacketSize=8192)
    port.socket.setsockopt(socket.SOL_SOCKET, 33, RECEIVE_BUFFER)
    reactor.run()


if __name__ == "__main__":
    main()
