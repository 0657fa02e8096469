"""Our statistics and those of a site's extension file say the same of the same packets."""

import json
import random
from types import SimpleNamespace

from sdhcp import model
from sdhcp.scripting.statistics import SiteStatistics
from sdhcp.traffic.frames import Traffic
from sdhcp.traffic.tables import as_csv, as_json
from sdhcp.wire import constants as c

from .test_compat_extensions import PREFIX, ExtensionCase
from .test_events import DROPPED, EXCHANGE, MALFORMED

START = 1_000_000_000
KINDS = (
    model.BOOTP, model.DECLINE, model.DISCOVER, model.INFORM, model.INIT_REBOOT, model.LEASEQUERY,
    model.PROXY_REQUEST, model.REBIND, model.RELEASE, model.RENEW, model.SELECTING, model.UNCLEAR_REQUEST,
)  # fmt: skip
TYPES = (c.DISCOVER, c.REQUEST, c.DECLINE, c.RELEASE, c.INFORM, c.LEASEQUERY)


def happenings(chance):
    """Packets of all kinds, each with the second in which it came."""
    now = 0
    for _ in range(400):
        now += chance.choice((0, 0, 1, 30, 250))
        exchange = EXCHANGE._replace(
            now=float(now), method=chance.choice(KINDS), answer=chance.choice(("", "ACK", "NAK")),
            accepted=chance.random() < 0.5, elapsed=chance.choice((0.25, 0.5, 0.0625)),
        )  # fmt: skip
        dropped = DROPPED._replace(now=float(now), message_type=chance.choice(TYPES))
        yield now, chance.choice((exchange, exchange, dropped, MALFORMED._replace(now=float(now))))


class BothTests(ExtensionCase):
    name = "statistics"

    def test_csv_and_json_are_the_same_as_those_of_the_extension(self):
        clock = self.clock(self.loaded(QUANTISATION_INTERVAL=100, RETENTION_COUNT=40), START)
        at_once = SimpleNamespace(put=lambda function, *arguments: function(*arguments))
        theirs, ours = SiteStatistics(self.site, at_once), Traffic(0.0, START, 100, 40)
        for now, event in happenings(random.Random(4)):
            clock.now = START + now
            theirs.observe(event)
            ours.observe(event)
        report = ours.report(float(now), START + now)
        self.assertEqual(len(report.frames), 40)
        self.assertEqual(as_csv(report), self.raw(f"{PREFIX}/stats/graph.csv")[1])
        self.assertEqual(json.loads(as_json(report)), json.loads(self.raw(f"{PREFIX}/stats/graph.json")[1]))
