"""``sdhcp probe``: a test client."""

import json
import os
import sys
import time
from typing import Any, NamedTuple, NoReturn

import click

from ..wire import constants as c
from ..wire.client import SimulatedClient
from ..wire.describe import address as address_text
from ..wire.describe import hardware, in_full, kind, option, text
from ..wire.message import Message
from ..wire.options import address, decode_option
from ..wire.registry import name_of
from .arguments import address as _address
from .arguments import codes as _codes
from .arguments import hexadecimal as _hexadecimal
from .arguments import options as _options
from .arguments import plain
from .arguments import seconds as _seconds
from .arguments import text as _text
from .wires import ProbeError, Way

_PORTS = (67, 6767)
_LOOPBACK_RELAY = "127.0.0.2"
_EXAMPLE_LINK = "192.0.2.1"
_WAIT = click.FloatRange(0.05, 600)
_ANSWERED, _REFUSED, _USAGE, _SILENCE = 0, 1, 2, 3


class Step(NamedTuple):
    """One message that was sent, what came back, and after how many seconds."""

    sent: Message
    answer: Message | None
    seconds: float


@click.command(epilog="Exit status: 0 as wanted, 1 refused or not as wanted, 2 usage, 3 no answer.")
@click.option("--server", default="127.0.0.1", show_default=True, callback=_text, metavar="ADDRESS", help="The server.")
@click.option("--port", type=click.IntRange(1, 65535), help="Its port; without this 67 and 6767 are tried.")
@click.option("--mac", default="02:00:00:00:00:01", show_default=True, callback=_hexadecimal, help="The client.")
@click.option("--client-id", callback=_hexadecimal, metavar="HEX", help="Its client identifier (option 61).")
@click.option("--hostname", callback=_text, help="The name it gives itself (option 12).")
@click.option("--relay", callback=_address, metavar="ADDRESS", help="Speak as the relay agent with this address.")
@click.option("--relay-port", type=click.IntRange(1, 65535), help="Be heard there; without this RFC 8357 is used.")
@click.option("--link", callback=_address, metavar="ADDRESS", help="The client's link (RFC 3527), with --relay.")
@click.option("--interface", callback=_text, metavar="NAME", help="Speak as a client on this interface (root).")
@click.option("--option", "options", multiple=True, callback=_options, metavar="NAME=VALUE", help="Send it too.")
@click.option("--request", callback=_codes, metavar="NAMES", help="The options to ask for, with commas between.")
@click.option("--discover-only", is_flag=True, help="Stop at the OFFER.")
@click.option("--rapid-commit", is_flag=True, help="Ask for an ACK at once (RFC 4039).")
@click.option("--reboot", callback=_address, metavar="ADDRESS", help="Ask for an address of before (INIT-REBOOT).")
@click.option("--renew", callback=_address, metavar="ADDRESS", help="Ask to go on with an address.")
@click.option("--inform", callback=_address, metavar="ADDRESS", help="INFORM; the address must be this machine's.")
@click.option("--release", is_flag=True, help="Give the address back once it is there.")
@click.option("--decline", is_flag=True, help="Decline the address once it is there.")
@click.option("--bootp", is_flag=True, help="Ask by BOOTP.")
@click.option("--expect", callback=_address, metavar="ADDRESS", help="Fail if another address comes.")
@click.option("--timeout", default=3.0, show_default=True, type=_WAIT, callback=_seconds, help="Seconds.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--full", is_flag=True, help="Print every message in full.")
def probe(**given: Any) -> None:
    """Ask a DHCP server for an address, as a client or a relay agent does, and show the answer.

    Without options the example client asks the server on this machine.
    """
    steps: list[Step] = []
    try:
        client, way = _client(given)
        try:
            _converse(given, client, way, steps)
        finally:
            way.close()
    except ProbeError as error:
        click.echo(f"sdhcp probe: {error}", err=True)
        sys.exit(_USAGE)
    _tell(given, steps)


def _client(given: dict[str, Any]) -> tuple[SimulatedClient, Way]:
    ports = [given["port"]] if given["port"] else list(_PORTS)
    options = dict(given["options"])
    if given["hostname"]:
        options[c.HOSTNAME] = given["hostname"].encode()
    client = {
        "mac": given["mac"],
        "client_identifier": given["client_id"],
        "options": options,
        "wanted": given["request"],
    }
    if given["interface"]:
        way = Way("", 68, "255.255.255.255", ports, given["interface"])
        return SimulatedClient(**client, broadcast=True), way
    if given["inform"]:
        way = Way(address_text(given["inform"]), 68, given["server"], ports, named_by="--inform")
        return SimulatedClient(**client), way
    relay, link = given["relay"], given["link"]
    if relay is None:
        if not given["server"].startswith("127."):
            raise ProbeError("needs --relay with an address of this machine, or --interface, to be answered")
        relay = address(_LOOPBACK_RELAY)
        link = link or address(_EXAMPLE_LINK)
    way = Way(address_text(relay), given["relay_port"] or 0, given["server"], ports)
    agent: dict[int, bytes] = {} if given["relay_port"] else {c.RELAY_SOURCE_PORT: b""}
    if link is not None:
        agent[c.LINK_SELECTION] = link
    return SimulatedClient(**client, giaddr=relay, relay_agent=agent), way


def _converse(given: dict[str, Any], client: SimulatedClient, way: Way, steps: list[Step]) -> None:
    xid = os.urandom(4)

    def ask(message: Message, *kinds: int) -> Message | None:
        began = time.monotonic()
        answer = way.ask(message, given["timeout"], lambda reply: not kinds or reply.message_type in kinds)
        steps.append(Step(message, answer, time.monotonic() - began))
        return answer

    if given["bootp"]:
        ask(client.bootp(xid))
        return
    if given["inform"]:
        ask(client.inform(xid, given["inform"]), c.ACK)
        return
    if given["reboot"] or given["renew"]:
        message = client.reboot(xid, given["reboot"]) if given["reboot"] else client.renew(xid, given["renew"])
        last = ask(message, c.ACK, c.NAK)
    else:
        last = ask(client.discover(xid, given["rapid_commit"]), c.OFFER, c.ACK)
        if last is not None and last.message_type == c.OFFER and not given["discover_only"]:
            last = ask(client.select(last), c.ACK, c.NAK)
    if last is not None and last.message_type == c.ACK and (given["release"] or given["decline"]):
        server = last.options.get(c.SERVER_IDENTIFIER, b"")
        make = client.release if given["release"] else client.decline
        goodbye = make(os.urandom(4), last.yiaddr, server)
        way.tell(goodbye)
        steps.append(Step(goodbye, None, 0.0))


def _tell(given: dict[str, Any], steps: list[Step]) -> NoReturn:
    answers = [step.answer for step in steps if step.answer is not None]
    # A RELEASE or DECLINE is never answered.
    silent = [step for step in steps if step.answer is None and step.sent.message_type not in (c.RELEASE, c.DECLINE)]
    last = answers[-1] if answers and not silent else None
    status = _SILENCE if last is None else _REFUSED if last.message_type == c.NAK else _ANSWERED
    unexpected = last is not None and given["expect"] is not None and last.yiaddr != given["expect"]
    if status == _ANSWERED and unexpected:
        status = _REFUSED
    if given["as_json"]:
        click.echo(json.dumps(_report(steps, last, status), indent=2))
    else:
        for line in _lines(given, steps, last):
            click.echo(line)
        if status == _SILENCE:
            click.echo("no answer", err=True)
        elif unexpected and last is not None:
            click.echo(f"expected {address_text(given['expect'])}, the answer is {address_text(last.yiaddr)}", err=True)
    sys.exit(status)


def _lines(given: dict[str, Any], steps: list[Step], last: Message | None) -> list[str]:
    lines = []
    for step in steps:
        if given["full"]:
            lines += [in_full(step.sent), *([in_full(step.answer)] if step.answer else [])]
            continue
        answer = "no answer"
        if step.answer is not None:
            answer = f"{kind(step.answer)} {address_text(step.answer.yiaddr)} after {step.seconds * 1000:.1f} ms"
        elif step.sent.message_type in (c.RELEASE, c.DECLINE):
            answer = "sent"
        lines.append(f"{kind(step.sent):9} {hardware(step.sent.hardware_address)} -> {answer}")
    if last is not None and not given["full"]:
        for name, octets in (("next_server", last.siaddr), ("boot_file", last.file.rstrip(b"\0"))):
            if any(octets):
                lines.append(f"  {name:28} {address_text(octets) if name == 'next_server' else text(octets)}")
        for code, octets in last.options.items():
            if code not in (c.MESSAGE_TYPE, c.RELAY_AGENT):
                lines.append(f"  {name_of(code):28} {option(code, octets)}")
    return lines


def _report(steps: list[Step], last: Message | None, status: int) -> dict[str, Any]:
    report: dict[str, Any] = {
        "status": ["answered", "refused", "usage", "silence"][status],
        "steps": [
            {
                "sent": kind(step.sent),
                "answer": kind(step.answer) if step.answer else None,
                "seconds": round(step.seconds, 6),
            }
            for step in steps
        ],
    }
    if last is not None:
        report["address"] = address_text(last.yiaddr)
        report["next_server"] = address_text(last.siaddr)
        report["boot_file"] = last.file.rstrip(b"\0").decode("ascii", "backslashreplace")
        options = last.options.items()
        report["options"] = {name_of(code): plain(decode_option(code, octets)) for code, octets in options}
    return report
