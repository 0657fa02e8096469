"""What a store of leases holds, read while no server runs: python -m tests.drills.kept CONF  prints JSON."""

import json
import sys
import time
from pathlib import Path
from typing import Any, cast

from twisted.internet import reactor
from twisted.internet.defer import Deferred, ensureDeferred

from sdhcp.config import load
from sdhcp.interfaces import IServerReactor
from sdhcp.leasing import build_store, check_pools

PAGE = 1000


async def _now(value: Any) -> Any:
    return await value if isinstance(value, Deferred) else value


async def rows(path: str) -> list[tuple[str, str, str, float]]:
    """Address, client, state and end of each lease."""
    configuration = load(path, {}, str(Path(path).parent))
    pools = check_pools(configuration)
    store = build_store(configuration, cast(IServerReactor, reactor), time.monotonic, time.time, pools)
    await store.start()
    found = []
    for pool in pools:
        after = None
        while page := await _now(store.leases(pool.addresses, after, PAGE)):
            found.extend((one.address.hex(), one.client, one.state.value, one.expires) for one in page)
            after = page[-1].address
    await store.stop()
    return found


def main() -> int:
    failed: list[str] = []

    def ended(result: Any) -> None:
        if isinstance(result, list):
            print(json.dumps(result))
        else:
            failed.append(result.getTraceback())
        reactor.stop()  # type: ignore[attr-defined]

    reactor.callWhenRunning(lambda: ensureDeferred(rows(sys.argv[1])).addBoth(ended))  # type: ignore[attr-defined]
    reactor.run()  # type: ignore[attr-defined]
    for trace in failed:
        print(trace, file=sys.stderr)
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
