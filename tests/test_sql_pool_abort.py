"""Connections to an SQL server that are given up."""

import socket

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.backends.sql_pool import Opened

CHUNK = bytes(65536)


class Connection:
    """A driver's connection."""

    def __init__(self, held):
        self.held = held

    def cursor(self):
        return None

    def close(self):
        self.held.close()


class AbortTests(SynchronousTestCase):
    def setUp(self):
        listener = socket.create_server(("127.0.0.1", 0))
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        held = socket.create_connection(listener.getsockname())
        self.server, _ = listener.accept()
        listener.close()
        self.server.settimeout(10)
        self.addCleanup(self.server.close)
        held.setblocking(False)
        self.opened = Opened(Connection(held), held.dup())
        self.sent = 0
        try:
            while True:
                self.sent += held.send(CHUNK)
        except BlockingIOError:
            pass

    def received(self):
        """How much reaches the server until the end."""
        count = 0
        try:
            while data := self.server.recv(len(CHUNK)):
                count += len(data)
        except ConnectionResetError:
            pass
        return count

    def test_what_waits_in_front_of_a_network_is_not_sent_any_more(self):
        self.opened.abort()
        self.opened.close()
        self.assertLess(self.received(), self.sent)

    def test_what_was_sent_before_an_end_in_good_order_arrives(self):
        self.opened.close()
        self.assertEqual(self.received(), self.sent)
