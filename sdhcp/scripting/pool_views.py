"""The addresses of a pool with who holds them, as pages show them."""

import csv
import io
import time
from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from ..engine.addresses import Addresses
from ..model import Lease, LeaseState
from ..wire.describe import address as dotted

COLUMNS: Final = ("ip", "mac", "expiration", "last seen")


def csv_of(addresses: Addresses, leases: Sequence[Lease], lease_time: int) -> str:
    """CSV with a header, leases first, then the addresses that are free."""
    output = io.StringIO()
    writer = csv.writer(output)
    writer.writerow(COLUMNS)
    writer.writerows(_rows(addresses, leases, lease_time))
    return output.getvalue()


def xhtml_of(subnet: str, serial: int, addresses: Addresses, leases: Sequence[Lease], lease_time: int) -> str:
    """The same as a table."""
    cells = (map(escape, row) for row in _rows(addresses, leases, lease_time))
    rows = "\n".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in cells)
    return (
        '<table class="element">\n'
        "    <thead><tr><th>IP</th><th>MAC</th><th>Expiration</th><th>Last seen</th></tr></thead>\n"
        f'    <tfoot><tr><td colspan="4">{escape(subnet)}|{serial}</td></tr></tfoot>\n'
        f"    <tbody>{rows}</tbody>\n</table>"
    )


def _rows(addresses: Addresses, leases: Sequence[Lease], lease_time: int) -> Iterator[tuple[str, ...]]:
    held = set()
    for lease in leases:
        held.add(lease.address)
        # A lease begins anew whenever its client is heard.
        seen = lease.expires - lease_time if lease.state is LeaseState.BOUND else lease.since
        who = lease.mac.hex(":") if lease.state is LeaseState.BOUND else lease.evidence
        yield dotted(lease.address), who, _told(lease.expires), _told(seen)
    for number in range(len(addresses)):
        address = addresses.address_of(number)
        if address not in held:
            yield dotted(address), "", "", ""


def _told(moment: float) -> str:
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(moment))
    except (OverflowError, ValueError, OSError):
        return "never"
