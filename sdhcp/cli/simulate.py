"""``sdhcp simulate``: what a conf.py would make of a packet."""

import json
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

import click

from ..model import BOOTP, DECLINE, DISCOVER, INFORM, INIT_REBOOT, REBIND, RELEASE, RENEW, SELECTING
from ..wire.describe import address as address_text
from ..wire.describe import hardware, in_full, kind
from ..wire.message import Message
from ..wire.options import decode_option
from ..wire.registry import name_of
from .arguments import address, codes, hexadecimal, options, plain, text

if TYPE_CHECKING:
    from ..config.settings import ListenSettings
    from ..testing import Outcome, Packet, Step
    from ..testing.captures import Captured

_STATES: Final = {
    "request": SELECTING,
    "reboot": INIT_REBOOT,
    "renew": RENEW,
    "rebind": REBIND,
    "inform": INFORM,
    "release": RELEASE,
    "decline": DECLINE,
    "discover": DISCOVER,
    "bootp": BOOTP,
}
_OF_CLIENTS: Final = (
    "client_id", "giaddr", "circuit_id", "remote_id", "options", "vendor", "broadcast", "port", "server",
)  # fmt: skip
_ANSWERED, _SILENCE, _USAGE = 0, 1, 2
_LARGEST: Final = 64 * 1024 * 1024
"""Octets of the largest file that is read."""
_LONGEST_PAUSE: Final = 86400.0
"""Seconds that pass between two packets of a capture at most."""


@click.command(epilog="Exit status: 0 answered, 1 silence, 2 conf.py or the packet is not in order.")
@click.argument("conf", metavar="CONF")
@click.option("--mac", callback=hexadecimal, help="The client.")
@click.option("--packet", metavar="FILE", help="Packets from a file: octets, hexadecimal text, pcap or pcapng.")
@click.option("--discover", is_flag=True, help="DISCOVER, which is what is sent unless something else is said.")
@click.option("--request", callback=address, metavar="ADDRESS", help="Take an offer of this address (SELECTING).")
@click.option("--reboot", callback=address, metavar="ADDRESS", help="Ask for an address of before (INIT-REBOOT).")
@click.option("--renew", callback=address, metavar="ADDRESS", help="Ask this server to go on with an address.")
@click.option("--rebind", callback=address, metavar="ADDRESS", help="Ask any server to go on with an address.")
@click.option("--inform", callback=address, metavar="ADDRESS", help="INFORM of a host with this address.")
@click.option("--release", callback=address, metavar="ADDRESS", help="Give an address back.")
@click.option("--decline", callback=address, metavar="ADDRESS", help="Decline an address.")
@click.option("--bootp", is_flag=True, help="Ask by BOOTP.")
@click.option("--giaddr", callback=address, metavar="ADDRESS", help="Come through the relay agent with this address.")
@click.option("--circuit-id", callback=text, metavar="TEXT", help="What it tells of the circuit (option 82.1).")
@click.option("--remote-id", callback=text, metavar="TEXT", help="What it tells of the other end (option 82.2).")
@click.option("--client-id", callback=hexadecimal, metavar="HEX", help="The client identifier (option 61).")
@click.option("--vendor", callback=text, metavar="TEXT", help="The vendor class (option 60).")
@click.option("--option", "options", multiple=True, callback=options, metavar="NAME=VALUE", help="Send it too.")
@click.option("--ask-for", callback=codes, metavar="NAMES", help="The options to ask for, with commas between.")
@click.option("--broadcast", is_flag=True, help="Set the broadcast flag.")
@click.option("--port", type=click.IntRange(1, 65535), help="The server's port, such as PROXY_PORT.")
@click.option("--server", callback=address, metavar="ADDRESS", help="The server's address; without it the first.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def simulate(conf: str, **given: Any) -> None:
    """Show what the server with this conf.py would make of a packet, and what each of the site's functions does.

    CONF is conf.py or its folder. Nothing is sent and no port taken. The source is asked, and the site's functions do
    what they do.
    """
    from ..config import ConfigurationError
    from ..hooks import InitFailed
    from ..interfaces import SourceLoadError
    from ..testing import Site
    from ..testing.site import ask_to_the_end

    data = _checked(given)
    asked: list[Packet] = []
    outcomes: list[Outcome] = []
    try:
        # What the site's code prints is not what this command says.
        with redirect_stdout(sys.stderr), Site(conf) as site:
            for packet, pause in _packets(given, data, site.configuration.listen):
                site.advance(min(pause, _LONGEST_PAUSE))
                asked.append(packet)
                outcomes.append(ask_to_the_end(site, packet))
    except ConfigurationError as error:
        _fail(*map(str, error.problems))
    except SourceLoadError as error:
        _fail(*error.problems)
    except (InitFailed, TimeoutError, ValueError) as error:
        _fail(f"sdhcp simulate: {error}")
    if as_json := given["as_json"]:
        click.echo(json.dumps({"packets": [_report(outcome) for outcome in outcomes]}, indent=2))
    for number, outcome in enumerate(outcomes if not as_json else (), 1):
        if len(outcomes) > 1:
            click.echo(f"packet {number} of {len(outcomes)}")
        for line in _lines(outcome, asked[number - 1]):
            click.echo(line)
    sys.exit(_ANSWERED if all(outcome.reply is not None for outcome in outcomes) else _SILENCE)


def _checked(given: dict[str, Any]) -> bytes:
    """The file of --packet; nothing without one. Ends the process if the arguments do not go together."""
    states = [name for name in _STATES if given[name]]
    name = given["packet"]
    if name is None:
        if not given["mac"]:
            _fail("sdhcp simulate: needs --mac with the client's hardware address, or --packet with a file")
        if len(states) > 1:
            _fail(f"sdhcp simulate: --{states[0]} and --{states[1]} are two packets; expected one")
        return b""
    others = [other for other in ("mac", *states, *_OF_CLIENTS) if given[other]]
    if others:
        _fail(f"sdhcp simulate: --packet has all of it; leave out --{others[0].replace('_', '-').rstrip('s')}")
    try:
        with Path(name).open("rb") as file:
            data = file.read(_LARGEST + 1)
    except (OSError, ValueError) as error:
        _fail(f"sdhcp simulate: {name}: {getattr(error, 'strerror', None) or error}")
    if len(data) > _LARGEST:
        _fail(f"sdhcp simulate: {name}: larger than {_LARGEST} octets")
    return data


def _packets(given: dict[str, Any], data: bytes, listen: "ListenSettings") -> "list[Captured]":
    """What is to be simulated.

    :raises ValueError: if something of it does not fit.
    """
    from ..testing import packet
    from ..testing.captures import Captured, packets_in

    if given["packet"] is not None:
        try:
            return packets_in(data, listen.server_port, listen.proxy_port)
        except ValueError as error:
            raise ValueError(f"{given['packet']}: {error}") from None
    state = next((name for name in _STATES if given[name]), "discover")
    value = given[state]
    made = packet(
        _STATES[state],
        given["mac"],
        value if isinstance(value, bytes) else None,
        options=given["options"],
        giaddr=given["giaddr"],
        circuit_id=given["circuit_id"] or "",
        remote_id=given["remote_id"] or "",
        vendor=given["vendor"] or "",
        client_identifier=given["client_id"],
        parameter_request_list=given["ask_for"],
        broadcast=given["broadcast"],
        port=given["port"],
        server=given["server"],
    )
    return [Captured(made, 0.0)]


def _fail(*problems: str) -> NoReturn:
    for problem in problems:
        click.echo(" ".join(problem.split()), err=True)
    sys.exit(_USAGE)


def _lines(outcome: "Outcome", packet: "Packet") -> Iterator[str]:
    way = "to all" if packet.to_all else "to the server"
    yield f"request, from {packet.source} port {packet.source_port}, {way}:"
    if outcome.request is None:
        yield f"  no DHCP message: {outcome.detail}"
    else:
        yield from _indented(in_full(outcome.request))
    for step in outcome.steps:
        yield from _of_step(step)
    yield f"decision: {outcome.outcome}{f', {outcome.detail}' if outcome.detail else ''}"
    if outcome.reply is None:
        yield "no reply"
    else:
        yield f"reply, to {outcome.destination}:"
        yield from _indented(str(outcome.reply))
    if outcome.log:
        yield "log:"
        for line in outcome.log:
            yield from _indented(line)


def _of_step(step: "Step") -> Iterator[str]:
    told = f"{step.method}, client_ip {step.client_ip}, relay_ip {step.relay_ip}, port {step.port}"
    yield f"{step.hook} ({told}): {_ended(step)}"
    for change in step.changes:
        yield f"  {change}"
    yield from _indented(step.trace.rstrip())


def _ended(step: "Step") -> str:
    """How a call of a hook ended, and after how long."""
    from ..scripting.steps import told

    where = " in a thread" if step.in_thread else ""
    after = f"after {step.seconds * 1000:.2f} ms{where}"
    if step.raised:
        return f"{step.raised}{f', at {step.where}' if step.where else ''}; {after}"
    return f"{told(step.returned)} {after}" if step.answered else f"no answer {after}"


def _indented(shown: str) -> Iterator[str]:
    return (f"  {line}" for line in shown.splitlines())


def _report(outcome: "Outcome") -> dict[str, Any]:
    from ..scripting.steps import told

    report: dict[str, Any] = {
        "request": None if outcome.request is None else _message(outcome.request),
        "steps": [
            {
                "hook": step.hook,
                "method": step.method,
                "client_ip": step.client_ip,
                "relay_ip": step.relay_ip,
                "port": step.port,
                "returned": told(step.returned) if step.answered and not step.raised else None,
                "seconds": round(step.seconds, 6),
                "in_thread": step.in_thread,
                "changes": [str(change) for change in step.changes],
                "raised": step.raised or None,
                "where": step.where or None,
                "trace": step.trace or None,
            }
            for step in outcome.steps
        ],
        "kind": outcome.kind or None,
        "outcome": outcome.outcome,
        "detail": outcome.detail or None,
        "reply": None if outcome.reply is None else _message(outcome.reply.message),
        "destination": None if outcome.destination is None else outcome.destination._asdict(),
        "log": list(outcome.log),
    }
    return report


def _message(message: Message) -> dict[str, Any]:
    found: dict[str, Any] = {
        "kind": kind(message),
        "mac": hardware(message.hardware_address),
        "xid": message.xid.hex(),
        "broadcast": bool(message.flags & 0x8000),
    }
    for name in ("ciaddr", "yiaddr", "siaddr", "giaddr"):
        found[name] = address_text(getattr(message, name))
    for name in ("sname", "file"):
        found[name] = getattr(message, name).rstrip(b"\0").decode("ascii", "backslashreplace")
    found["options"] = {name_of(code): plain(decode_option(code, octets)) for code, octets in message.options.items()}
    return found
