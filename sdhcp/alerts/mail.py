"""Alerts as mails, and the sink that sends them."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.charset import QP, Charset
from email.message import Message
from email.utils import format_datetime, formataddr, parseaddr
from typing import Any, Final

from twisted.internet.defer import Deferred
from zope.interface import implementer

from .. import __version__
from ..interfaces import Alert, IAlertSink
from .courier import Courier
from .parcels import Attempt, Parcel
from .smtp import Mail, MailServer, deliver
from .texts import body, headline

LONGEST_PATIENCE: Final = 60.0
"""Seconds that a server has at most to answer in later attempts; each has twice as many as the one before."""
LONGEST_SUBJECT: Final = 200
"""Characters of a subject."""
_ENCODING: Final = Charset("utf-8")
_ENCODING.body_encoding = QP


class Letters:
    """Writes mails.

    :param sender: whom they come from, as in EMAIL_SOURCE.
    :param subject: what each subject begins with.
    :param name: what the server is called; :param host: the name of its machine.
    """

    def __init__(self, sender: str, to: tuple[str, ...], subject: str, name: str, host: str) -> None:
        self.sender = parseaddr(sender)[1] or sender
        self.to = to
        self._from = formataddr(parseaddr(sender)) if "<" in sender else self.sender
        self._subject = subject
        self._name = name
        self._host = host
        # What stands in a name of a mail is a name of a host.
        self._domain = re.sub(r"[^0-9A-Za-z.-]", "-", host) or "localhost"

    def alert(self, alert: Alert) -> Parcel:
        """An alert; all alerts of one trouble are one thread."""
        first = self._identifier(f"{alert.trouble}.1")
        text = body(alert, f"sdhcp {__version__} ({self._name}) on {self._host}")
        return self._letter(
            f"{alert.trouble}.{alert.number}", alert.at, headline(alert), text, first if alert.number > 1 else ""
        )

    def test(self, name: str, at: float) -> Parcel:
        """A mail that shows that mails arrive."""
        text = f"Mails of sdhcp {__version__} ({self._name}) on {self._host} arrive here. Nothing is wrong.\n"
        return self._letter(name, at, "a test, nothing is wrong", text, "")

    def _letter(self, name: str, at: float, headline: str, text: str, thread: str) -> Parcel:
        letter = Message()
        letter["From"] = self._from
        letter["To"] = ", ".join(self.to)
        subject = " ".join(f"{self._subject}: {headline}".split())
        letter["Subject"] = subject[:LONGEST_SUBJECT]
        letter["Date"] = format_datetime(datetime.fromtimestamp(at, UTC).astimezone())
        letter["Message-ID"] = self._identifier(name)
        if thread:
            letter["In-Reply-To"] = letter["References"] = thread
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_payload(text, _ENCODING)
        # A line that begins with a dot could end the mail on its way.
        return Parcel(name, at, self.to, letter.as_string().replace("\n.", "\n=2E"))

    def _identifier(self, name: str) -> str:
        return f"<{name}@{self._domain}>"


def attempts(
    server: MailServer, sender: str, timeout: float, reactor: Any, tell: Callable[[str, str], None]
) -> Callable[[Parcel, int], "Deferred[Attempt]"]:
    """What makes attempts to deliver mails.

    Where TLS is used only if it is offered, nobody has a password to lose, and TLS fails, a mail goes without it, as it
    would if somebody on the way had left out the offer.

    :param timeout: seconds for each answer, in the first attempt.
    """
    may_do_without = server.tls == "starttls" and server.user is None
    is_told = False

    def attempt(parcel: Parcel, number: int) -> "Deferred[Attempt]":
        patience = max(timeout, min(LONGEST_PATIENCE, timeout * 2.0 ** min(number, 10)))
        mail = Mail(sender, parcel.to, parcel.text.encode("ascii", "replace"))
        trying = deliver(server, mail, reactor, patience)

        def tried(first: Attempt) -> "Attempt | Deferred[Attempt]":
            nonlocal is_told
            if not (first.is_tls_trouble and may_do_without):
                return first
            if not is_told:
                is_told = True
                tell(
                    "WARN",
                    f'{server.place}: {first.problem}; mails go there without TLS (EMAIL_TLS = "require": never)',
                )
            return deliver(server, mail, reactor, patience, without_tls=True)

        return trying.addCallback(tried)

    return attempt


@implementer(IAlertSink)
class MailSink:
    """Sends each alert as a mail."""

    def __init__(self, letters: Letters, courier: Courier) -> None:
        self._letters = letters
        self._courier = courier

    def send(self, alert: Alert) -> None:
        """See :class:`IAlertSink`."""
        self._courier.put(self._letters.alert(alert))
