"""What a running server does to leases when it is told to, by its control socket."""

from collections.abc import Callable, Iterable, Mapping
from time import perf_counter, time
from typing import Any, Final

from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater

from .config.difference import Outcome
from .control import Command, ControlService, Refusal
from .engine.addresses import Addresses
from .events import LeaseChanged
from .interfaces import ILeaseStore, IServerReactor
from .leases.operating import Ended, NotThere, clear, offered, record_of, release
from .wire.describe import address as dotted
from .wire.errors import WireError
from .wire.options import address as address_of

_STEPS: Final = {"lease-release": release, "lease-clear": clear}

Reload = Callable[[bool], "Deferred[Outcome]"]
Kept = tuple[Addresses, ILeaseStore]
"""A pool, and where its leases are kept."""


def lease_commands(
    pools: Callable[[], Iterable[Kept]],
    publish: Callable[[LeaseChanged], None],
    wall: Callable[[], float],
    clock: Callable[[], float],
) -> Mapping[str, Command]:
    """Commands by name. Each takes an ``address``, and answers with the ``lease`` as it was.

    :param pools: every pool as it is now.
    :param wall: seconds since the epoch; :param clock: seconds of a monotonic clock.
    """

    def doing(name: str) -> Command:
        async def do(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
            address = _address(arguments)
            for addresses, store in pools():
                if address in addresses:
                    now = wall()
                    try:
                        ended: Ended = await _STEPS[name](store, addresses, address, now)
                    except NotThere as error:
                        raise Refusal(str(error)) from None
                    publish(LeaseChanged(clock(), ended.what, ended.lease))
                    return {"lease": dict(record_of(ended.lease, now))}
            raise Refusal(f"{arguments['address']}: no pool has it")

        return do

    return {name: doing(name) for name in _STEPS}


def offer_command(pools: Callable[[], Iterable[Kept]], wall: Callable[[], float], reactor: IServerReactor) -> Command:
    """``lease-offers``: some of the offers of a ``pool``, ``behind`` an address or "".

    Each is address, client, since, expires, hardware address, host name, relay agent. It answers
    with the ``total``, and with the address to go on ``behind``, "" at the end.
    """

    async def offers(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        name, text = arguments.get("pool"), arguments.get("behind")
        for addresses, store in pools():
            if addresses.name == name:
                behind = address_of(text) if isinstance(text, str) and text else None
                if behind is not None and behind not in addresses:
                    break
                found = await offered(store, addresses, behind, wall(), lambda: deferLater(reactor, 0))
                leases = [
                    (dotted(one.address), one.client, one.since, one.expires, one.mac.hex(), one.hostname, one.via)
                    for one in found.leases
                ]
                return {"leases": leases, "total": found.total, "behind": dotted(found.behind) if found.behind else ""}
        raise Refusal("expected a pool, and one of its addresses")

    return offers


def control_service(
    path: str,
    pools: Callable[[], Iterable[Kept]],
    reload: Reload,
    publish: Callable[[LeaseChanged], None],
    reactor: IServerReactor,
    tell: Callable[[str, str], None],
    explain: Command | None = None,
) -> ControlService:
    """The socket of a server: commands for leases, and ``reload``, which with ``"check": true`` changes nothing.

    :param reload: reads everything anew, or with False sees what that would change.
    :param explain: tells why a client gets its answer.
    """

    async def read_anew(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        outcome: Outcome = await reload(arguments.get("check") is not True)
        return outcome.record()

    commands: dict[str, Command] = {
        **lease_commands(pools, publish, time, perf_counter),
        "lease-offers": offer_command(pools, time, reactor),
        "reload": read_anew,
    }
    if explain is not None:
        commands["explain"] = explain
    return ControlService(path, commands, reactor, tell)


def _address(arguments: Mapping[str, Any]) -> bytes:
    strange = [name for name in arguments if name != "address"]
    text = arguments.get("address")
    if strange or not isinstance(text, str):
        raise Refusal("expected an address, and nothing else")
    try:
        return address_of(text)
    except WireError as error:
        raise Refusal(str(error)) from None
