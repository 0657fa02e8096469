"""Every kind of log line by a name that never changes, with what it means and what to do."""

from typing import Final, NamedTuple
from uuid import UUID, uuid5

from twisted.logger import LogEvent

from .events import (
    Ambiguous,
    Blocked,
    Declined,
    Dropped,
    Edited,
    Event,
    Exchange,
    ForeignServer,
    ForeignServerSilent,
    HandlingFailed,
    HookFailed,
    HookSlow,
    LeaseChanged,
    Malformed,
    ObserverFailed,
    OffLink,
    PoolExhausted,
    PoolFilled,
    Reloaded,
    SendFailed,
    ServerMessage,
    Shed,
    SourceFailed,
    SourceRecovered,
)

NAMESPACE: Final = UUID("5d0c3f3e-6f0b-4d0e-9a67-3f0f9d6a7c11")
"""What the identifiers for the journal lie in; it never changes."""
_OWN: Final = "sdhcp"


class Message(NamedTuple):
    """One kind of line: its name, the severity that it has, how it reads, what it means, and what to do."""

    id: str
    severity: str
    line: str
    about: str
    advice: str = ""

    @property
    def uuid(self) -> str:
        """Its MESSAGE_ID in the journal."""
        return uuid5(NAMESPACE, self.id).hex


def _m(number: int, severity: str, line: str, about: str, advice: str = "") -> Message:
    return Message(f"SDHCP-{number}", severity, line, about, advice)


GENERAL: Final = _m(
    100, "any", "...", "Something about the server itself that has no name of its own.", "Read the line."
)
READY: Final = _m(101, "WARN", "sdhcp ... on ..., clients from ...: ready", "Clients are served from now on.")
STOPPED: Final = _m(102, "WARN", "stopped", "The server has ended as it was told to.")
NOT_STARTED: Final = _m(
    103,
    "CRITICAL",
    "cannot start: ...",
    "`init()` of conf.py failed; the process ends with status 1.",
    "Mend what the line names.",
)
COUNTERS: Final = _m(104, "WARN", "DISCOVER offered: ...", "A counter, since SIGUSR2 asked for all of them.")
NOTICE: Final = _m(
    105,
    "WARN",
    "conf.py:...: ...",
    "Something in conf.py or in the source that may not be meant as it is written.",
    "Change it where it stands.",
)
OUTPUT_FAILED: Final = _m(
    106,
    "ERROR",
    "LOG_FILE ...: ...; lines are lost until that is over",
    "A file is full or may not be written, or syslog or the journal is gone. Clients are served. Told once.",
    "Make room, or start what is gone; nothing has to be restarted.",
)
OUTPUT_BACK: Final = _m(
    107, "WARN", "LOG_FILE ... is written again; N lines were lost", "The trouble of SDHCP-106 is over."
)
LINES_LOST: Final = _m(
    108,
    "WARN",
    "N packets were not logged: too many at once",
    "More lines came in a quarter of a second than are kept.",
    "A line for each packet is for looking closely: raise the severity that is written.",
)
MORE: Final = _m(109, "WARN", "N more in the last minute: ...", "A trouble that was told once has come again so often.")
PID_FILE: Final = _m(
    110,
    "WARN",
    "PID_FILE ...: ...",
    "The file is there already, or cannot be written. Clients are served.",
    "See that no second server runs, and who may write there.",
)
EXCHANGE: Final = _m(120, "INFO", "DISCOVER from ... on ...: OFFER ...", "One packet, and what was done with it.")
REFUSED: Final = _m(
    121,
    "WARN",
    "a packet from ... was refused: ...",
    "It is none that this server may answer, such as one of a relay agent that is not allowed. At DEBUG each has one.",
    "If it should be answered: the reason names the setting.",
)
NOT_HEARD: Final = _m(122, "WARN", "... is not heard: ...", "A packet of a client that was told of as SDHCP-124.")
MALFORMED: Final = _m(
    123,
    "WARN",
    "a datagram from ... is no DHCP message: ...",
    "Somebody sends what cannot be read, by fault or on purpose.",
    "If it goes on, find the sender.",
)
BLOCKED: Final = _m(
    124,
    "WARN",
    "... is not heard for N s: ...",
    "The client is not known, or asks too often.",
    "An unknown client is heard at once when the source knows it; look at one that asks too often.",
)
SOURCE_FAILED: Final = _m(
    200,
    "CRITICAL",
    "SQLite: ...; ...",
    "A source, a cache or a store of leases cannot be asked. Who was asked about before "
    "gets what was known, others get silence.",
    "The line says what to do; the next says when it is over.",
)
CLIENT_FAILED: Final = _m(
    201,
    "CRITICAL",
    "SQLite: ...",
    "What the source has of one client is not in order; that client gets nothing.",
    "Mend its entry.",
)
SOURCE_BACK: Final = _m(202, "WARN", "... answers again after N s", "The trouble of SDHCP-200 is over.")
RELOADED: Final = _m(203, "WARN", "... was read anew", "What was changed in the source counts from now on.")
NOT_RELOADED: Final = _m(
    204,
    "CRITICAL",
    "... is as it was: ...",
    "The source could not be read anew; what was served is served.",
    "Mend each fault that is named, and have it read again.",
)
OFF_LINK: Final = _m(
    300,
    "WARN",
    "... does not belong on the link of ...",
    "A reservation's network is not where its client is.",
    "Mend the reservation, or name networks that share a link in `SHARED_NETWORKS`.",
)
AMBIGUOUS: Final = _m(
    301,
    "WARN",
    "... has several reservations for the link of ...",
    "One client, two addresses for one link; the first counts.",
    "Remove the others.",
)
DECLINED: Final = _m(
    302,
    "ERROR",
    "... declined ...: another host uses that address",
    "The client found its address in use.",
    "Find the host that uses it, and end the conflict.",
)
QUARANTINED: Final = _m(
    303,
    "WARN",
    "pool ...: ... is not lent for a while: ...",
    "Somebody uses an address of a pool who has not got it from here.",
    "Find out who.",
)
EXHAUSTED: Final = _m(
    304,
    "ERROR",
    "... gets no address: none is left in ...",
    "All addresses of the pools that a client may have one of are lent.",
    "Make the pool larger, or its leases shorter.",
)
FILLED: Final = _m(
    305, "WARN", "pool ...: N of N addresses are in use", "More than its `alert` says.", "As of SDHCP-304."
)
FILLED_NO_MORE: Final = _m(
    306, "WARN", "pool ...: N of N addresses are in use again", "Fewer than its `alert` says again."
)
POOLS: Final = _m(
    310,
    "any",
    "pool ...: ...",
    "Something about pools, where their leases are kept, or the control socket.",
    "The line says what to do.",
)
FOREIGN_SERVER: Final = _m(
    320,
    "ERROR",
    "a foreign DHCP server: ...",
    "Another server answers clients on a link of this one. Told once; an alert says when it is over.",
    "Find it by its hardware address and end it, or list it in `KNOWN_SERVERS` if it is meant to be there.",
)
FOREIGN_SERVER_SILENT: Final = _m(
    321, "WARN", "the foreign DHCP server ... is silent for N s; ...", "The trouble of SDHCP-320 is over."
)
SEND_FAILED: Final = _m(
    400,
    "ERROR",
    "cannot send to ... on ...",
    "The interface is down, or the reply cannot be routed.",
    "Look at the interface.",
)
SHED: Final = _m(
    401,
    "WARN",
    "let go, since a table was full: N ...",
    "A table reached its bound.",
    "Harmless unless it goes on for hours, which means a flood.",
)
NOT_ANSWERED: Final = _m(
    402,
    "CRITICAL",
    "a packet from ... was not answered: ...",
    "The server, or code of the site's, raised something.",
    "The traceback says where. If it is in `sdhcp`, report it.",
)
OBSERVER_FAILED: Final = _m(
    403,
    "CRITICAL",
    "... raised and gets no more events",
    "A part that only watches failed; clients are served without it.",
    "Report it with its traceback, unless it is code of the site's.",
)
HOOK_FAILED: Final = _m(
    410,
    "CRITICAL",
    "...; the packet from ... is not answered",
    "A function of the site's raised something.",
    "The traceback says where.",
)
HOOK_SLOW: Final = _m(
    411,
    "WARN",
    "site code ... held up all clients for N ms",
    "A function of the site's waits or computes where all clients wait.",
    "Put `@threaded` above it, or make it quicker.",
)
HOOK_MOVED: Final = _m(
    412,
    "WARN",
    "site code ... held up all clients for N ms; it is called in threads from now on",
    "As SDHCP-411, so long that it was moved aside.",
    "Put `@threaded` above it.",
)
INTERFACE: Final = _m(
    420,
    "any",
    "... is served on ..., whose sockets were opened anew",
    "An interface or an address is gone, is back, or has changed; what can be served is served.",
    "Look at the interface if it was not you who changed it.",
)
OF_SITE: Final = _m(500, "any", "...", "Code of the site's has logged it; `logger` says which.", "Ask who wrote it.")
OF_SITE_THREAD: Final = _m(
    501,
    "any",
    "... of the site has not returned for N s",
    "A function of the site's that is called beside answering hangs, or did something that needs telling.",
    "Mend the function.",
)
ALERTS: Final = _m(
    600,
    "any",
    "mail server ...: ...; alerts wait",
    "Whether the mail server or the web service takes alerts; told when that changes.",
    "The line says why; `sdhcp mail-test` tries a mail server.",
)
CONSOLE: Final = _m(
    610,
    "any",
    "the web console is on ...",
    "Where the console is, that it cannot be there, or that it asks for no password.",
    "Set `WEB_DIGEST_USERNAME` and `WEB_DIGEST_PASSWORD`, or `WEB_INSECURE = True` if that is meant.",
)
EDITED: Final = _m(
    620,
    "WARN",
    "... by ... from ...: ...",
    "Somebody has changed a reservation or a lease in the console, or by the API. `AUDIT_FILE` has all of it.",
)
OF_LIBRARY: Final = _m(900, "any", "...", "A library that the server uses has logged it.")

MESSAGES: Final = tuple(one for one in tuple(globals().values()) if isinstance(one, Message))
"""All of them, by number."""

_OF_EVENTS: Final[dict[type, Message]] = {
    Exchange: EXCHANGE,
    Malformed: MALFORMED,
    Blocked: BLOCKED,
    SourceRecovered: SOURCE_BACK,
    OffLink: OFF_LINK,
    Ambiguous: AMBIGUOUS,
    Declined: DECLINED,
    LeaseChanged: QUARANTINED,
    PoolExhausted: EXHAUSTED,
    SendFailed: SEND_FAILED,
    Shed: SHED,
    HandlingFailed: NOT_ANSWERED,
    ObserverFailed: OBSERVER_FAILED,
    HookFailed: HOOK_FAILED,
    Edited: EDITED,
    ForeignServer: FOREIGN_SERVER,
    ForeignServerSilent: FOREIGN_SERVER_SILENT,
}
_BY_ID: Final = {one.id: one for one in MESSAGES}


def message_of(event: Event) -> Message:
    """The kind of line that an event becomes."""
    message = _OF_EVENTS.get(type(event))
    if message is not None:
        return message
    match event:
        case Dropped():
            return NOT_HEARD if event.reason == "blocked" else REFUSED
        case SourceFailed():
            return CLIENT_FAILED if event.mac else SOURCE_FAILED
        case Reloaded():
            return NOT_RELOADED if event.problem else RELOADED
        case PoolFilled():
            return FILLED_NO_MORE if event.over else FILLED
        case HookSlow():
            return HOOK_MOVED if event.moved else HOOK_SLOW
        case ServerMessage():
            return _BY_ID.get(event.id, GENERAL)
    return GENERAL


def message_in(line: LogEvent) -> Message:
    """The kind of a line on its way to the log; those of a site's code and of libraries have one kind each."""
    message = line.get("message")
    if isinstance(message, Message):
        return message
    if "site_logger" in line:
        return OF_SITE
    return GENERAL if str(line.get("log_namespace", "")).partition(".")[0] == _OWN else OF_LIBRARY
