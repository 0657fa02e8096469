"""A mail server, private to a test: on the loopback, in a thread of this process, with or without TLS and a login."""

import base64
import hashlib
import hmac
import logging
import socket
import ssl
import threading
from email import message_from_bytes

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword, auth_mechanism

USER, PASSWORD = "dhcp", "hunter2-of-mail"
HOST = "127.0.0.1"


class _Server(SMTP):
    """With CRAM-MD5 beside PLAIN and LOGIN."""

    @auth_mechanism("CRAM-MD5")
    async def auth_CRAM__MD5(self, _, args):  # noqa: N802  aiosmtpd's name
        challenge = b"<1896.697170952@localhost>"
        await self.push(f"334 {base64.b64encode(challenge).decode()}")
        line = base64.b64decode((await self._reader.readline()).strip())
        wanted = USER.encode() + b" " + hmac.new(PASSWORD.encode(), challenge, hashlib.md5).hexdigest().encode()
        return AuthResult(success=line == wanted, handled=False)


class _Controller(Controller):
    def factory(self):
        return _Server(self.handler, **self.SMTP_kwargs)


class MailServer:
    """Keeps what it takes.

    :ivar taken: the mails, each (sender, recipients, message).
    :ivar answers: what it says to each mail that comes, the first first, before it takes all: text, or None to take it.
    :ivar to: address -> what it says to that one, whatever comes.
    :ivar logins: the ways of login and whether they were right.
    :ivar begun: how many mails came; :ivar seen: their identifiers.
    """

    def __init__(self, certificate=None, key=None, implicit=False, login=False, only=(), in_clear=False):
        self.taken, self.answers, self.logins, self.to, self.seen = [], [], [], {}, []
        self.begun = 0
        self._lock = threading.Lock()
        context = None
        if certificate:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(certificate, key)
        more = {"ssl_context": context} if implicit else {"tls_context": context}
        if login:
            names = {"CRAM-MD5", "PLAIN", "LOGIN"}
            more |= {
                "authenticator": self._let_in, "auth_required": True,
                "auth_require_tls": not implicit and context is not None and not in_clear,
                "auth_exclude_mechanism": names - set(only) if only else set(),
            }  # fmt: skip
        self._more = more
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            self.port = probe.getsockname()[1]
        self._controller = None

    def start(self):
        # What fails in TLS on purpose is no news.
        logging.getLogger("mail.log").setLevel(logging.CRITICAL + 1)
        self._controller = _Controller(self, hostname=HOST, port=self.port, server_hostname="localhost", **self._more)
        self._controller.start()
        return self

    def stop(self):
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def messages(self):
        """The mails alone."""
        return [message for _, _, message in self.taken]

    def _let_in(self, server, session, envelope, mechanism, data):
        good = LoginPassword(USER.encode(), PASSWORD.encode())
        self.logins.append((mechanism, data == good))
        return AuthResult(success=data == good, handled=False)

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802  aiosmtpd's name
        said = self.to.get(address)
        if callable(said):
            said = said()
        if said:
            return said
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802  aiosmtpd's name
        message = message_from_bytes(envelope.content)
        with self._lock:
            self.begun += 1
            self.seen.append(message["Message-ID"])
            said = self.answers.pop(0) if self.answers else None
            if said is None:
                self.taken.append((envelope.mail_from, list(envelope.rcpt_tos), message))
        return said or "250 2.0.0 queued as 4711"


class RawServer:
    """Says what it is told to, one line for each line that comes, on a port of the loopback; None says nothing."""

    def __init__(self, *lines):
        self._lines = lines
        self._listening = socket.create_server((HOST, 0))
        self.port = self._listening.getsockname()[1]
        self.heard = []
        self._open = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                one, _ = self._listening.accept()
            except OSError:
                return
            self._open.append(one)
            threading.Thread(target=self._speak, args=(one,), daemon=True).start()

    def _speak(self, one):
        try:
            with one.makefile("rb") as lines:
                for number, said in enumerate(self._lines):
                    if number:
                        line = lines.readline()
                        self.heard.append(line.strip())
                        if not line:
                            return
                    if said is None:
                        lines.read()
                        return
                    one.sendall(said.encode() + b"\r\n")
        except OSError:
            return
        finally:
            one.close()

    def stop(self):
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for one in self._open:
            one.close()
