"""Whether this machine has what a conf.py names."""

from ..config import Configuration, Problem
from ..transport.interfaces import addresses, hardware
from ..wire.describe import address


def lacking(configuration: Configuration) -> list[str]:
    """What the server would not start without; no faults, since conf.py may be meant for another machine."""
    missing: list[tuple[str, str]] = []
    try:
        here = {one.address for one in addresses()}
    except OSError as error:
        missing.append(("DHCP_SERVER_IP", f"cannot look at this machine's addresses: {error.strerror or error}"))
    else:
        away = [own for own in configuration.listen.addresses if own not in here]
        missing += [("DHCP_SERVER_IP", f"{address(own)} is no address of this machine") for own in away]
    interface = configuration.listen.response_interface
    if interface is not None and interface != "-":
        try:
            hardware(interface)
        except OSError:
            missing.append(("DHCP_RESPONSE_INTERFACE", f"there is no interface {interface}"))
    return [
        str(
            Problem(
                configuration.path, configuration.lines.get(name, 0), name, f"{what}: the server will not start here"
            )
        )
        for name, what in missing
    ]
