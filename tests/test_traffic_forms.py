"""What was counted, as CSV, JSON, a picture and tables."""

import csv
import io
import json
import re
from time import localtime, strftime
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sdhcp.model import DISCOVER, RENEW
from sdhcp.traffic.counts import METHODS
from sdhcp.traffic.fragments import averages_table, duration, lifetime_table, milliseconds, rate
from sdhcp.traffic.frames import Traffic
from sdhcp.traffic.picture import as_svg
from sdhcp.traffic.tables import as_csv, as_json

from .test_events import DROPPED, EXCHANGE, MALFORMED
from .test_traffic import EPOCH

SVG = "{http://www.w3.org/2000/svg}"


def report(frames=4, now=None):
    """Some frames, each with a DISCOVER answered, a RENEW discarded and something else."""
    made = Traffic(0.0, EPOCH)
    for number in range(frames):
        start = number * 300.0
        made.observe(EXCHANGE._replace(now=start))
        made.observe(EXCHANGE._replace(now=start, method=RENEW, answer="", accepted=False))
        made.observe(MALFORMED._replace(now=start))
    now = frames * 300.0 - 1 if now is None else now
    return made.report(now, EPOCH + now)


class TableTests(SynchronousTestCase):
    def test_csv_has_the_newest_frame_first(self):
        head, *rows = csv.reader(io.StringIO(as_csv(report())))
        discarded = [f"{method} discarded" for method in METHODS]
        self.assertEqual(head, ["time", *METHODS, *discarded, "other packets", "processing time"])
        times = [strftime("%Y-%m-%d %H:%M:%S", localtime(EPOCH + number * 300)) for number in (3, 2, 1, 0)]
        self.assertEqual([row[0] for row in rows], times)
        for row in rows:
            said = dict(zip(head, row, strict=True))
            self.assertEqual({name: value for name, value in said.items() if value != "0" and name != "time"}, {
                DISCOVER: "1", f"{RENEW} discarded": "1", "other packets": "1", "processing time": "0.002",
            })  # fmt: skip

    def test_json_has_the_oldest_frame_first(self):
        frames = json.loads(as_json(report()))
        self.assertEqual([frame["time"] - EPOCH for frame in frames], [0, 300, 600, 900])
        for frame in frames:
            self.assertEqual(sorted(frame["methods"]), sorted(METHODS))
            self.assertEqual({name for name, count in frame["methods"].items() if count}, {DISCOVER})
            self.assertEqual({name for name, count in frame["methods_discarded"].items() if count}, {RENEW})
            self.assertEqual((frame["other_packets"], frame["processing_time"]), (1, 0.002))


class FragmentTests(SynchronousTestCase):
    def rows(self, fragment):
        table = ElementTree.fromstring(fragment)
        self.assertEqual((table.tag, table.get("class")), ("table", "element"))
        head = ["".join(cell.itertext()) for cell in table.find("thead/tr")]
        body = [["".join(cell.itertext()) for cell in row] for row in table.find("tbody")]
        self.assertEqual({len(row) for row in body}, {len(head)})
        return (
            head,
            {name: values for name, *values in body},
            "".join(table.find("tfoot").itertext() if table.find("tfoot") is not None else ""),
        )

    def test_the_lifetime_names_every_kind_and_how_long_packets_took(self):
        head, rows, foot = self.rows(lifetime_table(report()))
        self.assertEqual(head, ["Kind", "Answered", "Discarded"])
        self.assertEqual(list(rows), [*METHODS, "other packets"])
        self.assertEqual((rows[DISCOVER], rows[RENEW], rows["other packets"]), (["4", "0"], ["0", "4"], ["4", ""]))
        self.assertIn("12 packets in 20 min: 0.01 a second", foot)
        self.assertIn("1 ms each on average, half within 1 ms", foot)

    def test_averages_have_a_column_for_each_window_and_a_row_for_each_kind_that_came(self):
        head, rows, _ = self.rows(averages_table(report()))
        self.assertEqual(head, ["Packets a second", "now", "last 5 min", "last 10 min", "last 15 min"])
        self.assertEqual(
            list(rows),
            ["all packets", DISCOVER, f"{RENEW} discarded", "other packets", "time each", "half within",
             "9 of 10 within", "99 of 100 within", "all within"],
        )  # fmt: skip
        self.assertEqual(rows["all packets"], ["0.01"] * 4)

    def test_before_the_first_packet_they_say_so(self):
        empty = report(0, now=5.0)
        _, rows, foot = self.rows(lifetime_table(empty))
        self.assertEqual({tuple(values) for values in rows.values()}, {("0", "0"), ("0", "")})
        self.assertEqual(foot, "0 packets in 5 s: 0 a second")
        self.assertEqual(self.rows(averages_table(empty))[1], {"all packets": ["0"]})

    def test_numbers_have_as_many_digits_as_they_are_worth(self):
        self.assertEqual([rate(value) for value in (0, 0.0001, 0.0123, 3.14159, 12345.6)], [
            "0", "under 0.001", "0.0123", "3.14", "12346",
        ])  # fmt: skip
        self.assertEqual([milliseconds(value) for value in (0, 0.00001234, 0.0123, 12.0)], [
            "0 ms", "0.0123 ms", "12.3 ms", "12000 ms",
        ])  # fmt: skip
        self.assertEqual([duration(value) for value in (0, 59, 90, 3600, 90000)], [
            "0 s", "59 s", "1.5 min", "1 h", "1 d",
        ])  # fmt: skip


class PictureTests(SynchronousTestCase):
    def names(self, **switches):
        picture = ElementTree.fromstring(as_svg(report(), **switches))
        return [
            path.find(f"{SVG}title").text for path in picture.iter(f"{SVG}path") if path.find(f"{SVG}title") is not None
        ]

    def test_has_a_line_for_each_kind_that_came_as_it_is_asked_for(self):
        everything = ["all packets", DISCOVER, f"{RENEW} discarded", "other packets"]
        self.assertEqual(sorted(self.names()), sorted(everything))
        self.assertEqual(sorted(self.names(discarded=False)), sorted([DISCOVER, "all packets", "other packets"]))
        self.assertEqual(sorted(self.names(methods=False)), sorted(["all packets", f"{RENEW} discarded"]))
        self.assertEqual(self.names(methods=False, discarded=False), ["all packets"])

    def test_can_be_read_without_being_seen(self):
        picture = ElementTree.fromstring(as_svg(report(), title="Traffic of <dhcp1> & others"))
        self.assertEqual(picture.get("role"), "img")
        named = {one.get("id"): one.text for one in picture if one.get("id")}
        self.assertEqual(picture.get("aria-labelledby").split(), list(named))
        self.assertEqual(named["traffic-title"], "Traffic of <dhcp1> & others")
        self.assertIn("12 packets from ", named["traffic-description"])
        self.assertIn(
            "Lines: all packets, DISCOVER, REQUEST:RENEW discarded, other packets.", named["traffic-description"]
        )

    def test_the_axis_says_what_it_measures_and_reaches_above_the_highest_line(self):
        made = Traffic(0.0, EPOCH)
        for _ in range(2100):
            made.observe(EXCHANGE)
        texts = [
            text.text for text in ElementTree.fromstring(as_svg(made.report(301.0, EPOCH + 301.0))).iter(f"{SVG}text")
        ]
        self.assertIn("packets/s", texts)
        numbers = [float(text) for text in texts if re.fullmatch(r"[0-9.]+", text)]
        self.assertEqual((min(numbers), max(numbers)), (0.0, 8.0))

    def test_has_colours_for_light_and_dark_and_neither_script_nor_anything_from_elsewhere(self):
        text = as_svg(report())
        self.assertIn("prefers-color-scheme:dark", text)
        self.assertEqual(text.count("http"), 1)
        for word in ("<script", "href", "url(", "@import", "onload"):
            self.assertNotIn(word, text)

    def test_what_does_not_change_costs_no_points(self):
        made = Traffic(0.0, EPOCH)
        made.observe(EXCHANGE)
        picture = ElementTree.fromstring(as_svg(made.report(300.0 * 575, EPOCH + 300.0 * 575)))
        paths = [path.get("d") for path in picture.iter(f"{SVG}path") if path.find(f"{SVG}title") is not None]
        self.assertEqual({path.count("L") for path in paths}, {2})

    @given(
        st.lists(st.tuples(st.integers(0, 3000), st.sampled_from(METHODS), st.booleans()), max_size=30),
        st.tuples(st.integers(1, 2000), st.integers(1, 2000)),
        st.integers(1, 40),
    )
    def test_everything_lies_within_the_picture(self, packets, size, frames):
        made, now = Traffic(0.0, EPOCH, 60, frames), 0.0
        for wait, method, accepted in packets:
            now += wait
            made.observe(EXCHANGE._replace(now=now, method=method, accepted=accepted, answer=""))
            made.observe(DROPPED._replace(now=now))
        picture = ElementTree.fromstring(as_svg(made.report(now, EPOCH + now), size=size))
        self.assertEqual((picture.get("width"), picture.get("height")), tuple(map(str, size)))
        for path in picture.iter(f"{SVG}path"):
            if path.find(f"{SVG}title") is not None:
                points = [
                    tuple(map(float, point.split())) for point in re.split("[ML]", path.get("d").partition("H")[0])[1:]
                ]
                self.assertTrue(all(64 <= x <= max(65, size[0] - 16) and 24 <= y for x, y in points), points)
                self.assertEqual([x for x, _ in points], sorted(x for x, _ in points))
