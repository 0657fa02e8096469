"""What ``sdhcp hosts`` does whatever the store is: mixed into a test case that has a store filled and read."""

import json
from pathlib import Path

from click.testing import CliRunner

from sdhcp.cli.main import main

SUBNETS_CSV = (
    "subnet,serial,lease_time,gateway,subnet_mask,broadcast_address,ntp_servers,domain_name_servers,domain_name\n"
    '10.77.1.0/24,0,3600,"10.77.1.1, 10.77.1.2",255.255.255.0,10.77.1.255,10.77.0.123,10.77.0.53,example.org\n'
    "10.77.1.0/24,1,7200,,,,,,\n"
    "a room,0,60,,,,,,\n"
)
HOSTS_CSV = (
    "mac,ip,hostname,subnet,serial,room\n"
    '02-00-5E-00-01-01,10.77.1.50,known,10.77.1.0/24,,"12, left"\n'
    "02005e000102,10.77.1.50,,10.77.1.0/24,1,\n"
    "02:00:5e:00:01:03,10.9.9.9,bücher,a room,0,\n"
    "circuit-id:eth 1/1/04:7,10.77.1.60,port,10.77.1.0/24,0,\n"
)
FIRST, SECOND, THIRD = "02:00:5e:00:01:01", "02:00:5e:00:01:02", "02:00:5e:00:01:03"
CIRCUIT = "circuit-id:eth 1/1/04:7"


class HostsContract:
    """``conf()`` is the text of a conf.py whose store is there, empty, and has a field ``room`` of the site's own."""

    secret = "no such secret"

    def setUp(self):
        self.folder = Path(self.mktemp()).absolute()
        self.folder.mkdir()
        self.path = self.folder / "conf.py"
        self.path.write_text("DHCP_SERVER_IP = '127.0.0.1'\n" + self.conf(), encoding="utf-8")

    def file(self, name, text):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    def run_hosts(self, status, *arguments, **more):
        """Run a command of ``hosts`` to its end; what it wrote on standard output and standard error."""
        return self.run_sdhcp(status, "hosts", *arguments, **more)

    def run_sdhcp(self, status, *arguments, **more):
        *commands, last = arguments[:2] if arguments[0] == "hosts" else arguments[:1]
        rest = arguments[len(commands) + 1 :]
        done = CliRunner().invoke(main, [*commands, last, "--config", str(self.path), *rest], **more)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        self.assertEqual(done.exit_code, status, done.output)
        self.assertNotIn(self.secret, done.output)
        return done.stdout, done.stderr

    def fill(self):
        subnets, hosts = self.file("subnets.csv", SUBNETS_CSV), self.file("hosts.csv", HOSTS_CSV)
        return self.run_hosts(0, "import", "--yes", "--subnets", subnets, hosts)

    def listed(self, *arguments):
        said, _ = self.run_hosts(0, "list", "--format", "json", *arguments)
        return {host.pop("mac"): host for host in json.loads(said)}

    def import_lines(self, status, lines, *arguments):
        return self.run_hosts(status, "import", "--yes", *arguments, self.file("more.csv", "\n".join(lines) + "\n"))

    def test_takes_in_hosts_and_subnets(self):
        said, _ = self.fill()
        self.assertIn("hosts: 4 added, 0 changed, 0 removed; subnets: 3 added, 0 changed, 0 removed", said)
        found = self.listed()
        self.assertEqual(sorted(found), [FIRST, SECOND, THIRD, CIRCUIT])
        first = {"ip": "10.77.1.50", "hostname": "known", "subnet": "10.77.1.0/24", "serial": 0, "room": "12, left"}
        self.assertEqual(found[FIRST], first)
        self.assertEqual((found[SECOND]["serial"], found[SECOND]["hostname"]), (1, ""))
        self.assertEqual(found[THIRD]["hostname"], "bücher")

    def test_an_export_taken_in_again_changes_nothing_there_and_makes_the_same_elsewhere(self):
        self.fill()
        before = self.listed()
        subnets, table, both = (str(self.folder / name) for name in ("s.csv", "h.csv", "h.json"))
        self.run_hosts(0, "export", "--subnets", subnets, table)
        self.run_hosts(0, "export", both)
        nothing = "there is nothing to change\n"
        self.assertEqual(self.run_hosts(0, "import", "--subnets", subnets, table)[0], nothing)
        self.assertEqual(self.run_hosts(0, "import", "--replace-all", both)[0], nothing)
        self.assertEqual(self.run_hosts(0, "import", "-", input=self.run_hosts(0, "export")[0])[0], nothing)
        for arguments in ((both,), ("--subnets", subnets, table)):
            self.run_hosts(0, "remove", *before)
            self.run_hosts(0, "import", "--yes", "--replace-all", self.file("no.json", '{"subnets": [], "hosts": []}'))
            self.assertEqual(self.listed(), {})
            self.run_hosts(0, "import", "--yes", *arguments)
            self.assertEqual(self.listed(), before)

    def test_every_line_that_is_not_in_order_is_named_and_nothing_is_changed(self):
        self.fill()
        before = self.listed()
        lines = [
            "mac,ip,subnet",
            "02:00:5e:00:02:01,10.77.1.70,10.77.1.0/24",
            "02:00:5e:00:02,10.77.1.71,10.77.1.0/24",
            "02:00:5e:00:02:03,10.77.2.72,10.77.1.0/24",
            "02:00:5e:00:02:04,10.77.1.73,nowhere",
            "02:00:5e:00:02:05,10.77.1.74",
            "02:00:5e:00:02:01,10.77.1.75,10.77.1.0/24",
            "02:00:5e:00:02:07,10.77.1.70,10.77.1.0/24",
            "02:00:5e:00:02:08,10.77.1.300,10.77.1.0/24",
        ]
        _, said = self.import_lines(2, lines)
        self.assertEqual([line.split(": ")[0].rpartition(":")[2] for line in said.splitlines()], list("3456789"))
        for expected in (
            "more.csv:3: mac: '02:00:5e:00:02' is no key",
            "more.csv:4: ip: 10.77.2.72 is not in subnet 10.77.1.0/24",
            "more.csv:5: subnet: there is no subnet 'nowhere'",
            "more.csv:6: 2 fields; expected 3",
            "more.csv:7: mac: 02:00:5e:00:02:01 stands in line 2 already",
            "more.csv:8: ip: 10.77.1.70 is given to the host in line 2 already",
            "more.csv:9: ip: '10.77.1.300' is no",
        ):
            self.assertIn(expected, said)
        self.assertEqual(self.listed(), before)

    def test_an_address_that_somebody_has_is_not_given_away(self):
        self.fill()
        _, said = self.import_lines(1, ["mac,ip,subnet", "02:00:5e:00:02:01,10.77.1.50,10.77.1.0/24"])
        self.assertIn(f"more.csv:2: ip: 10.77.1.50 is given to {FIRST} in the store already", said)
        # With that host gone it is free.
        self.import_lines(0, ["mac,ip,subnet", "02:00:5e:00:02:01,10.77.1.50,10.77.1.0/24"], "--replace-all")
        self.assertEqual(list(self.listed()), ["02:00:5e:00:02:01"])

    def test_what_a_file_does_not_tell_stays(self):
        self.fill()
        before = self.listed()
        said, _ = self.import_lines(0, ["mac,ip,subnet", f"{FIRST},10.77.1.55,10.77.1.0/24"])
        self.assertIn(f"~ {FIRST}: ip 10.77.1.50 -> 10.77.1.55", said)
        self.assertEqual(self.listed(), {**before, FIRST: {**before[FIRST], "ip": "10.77.1.55"}})
        self.import_lines(0, ["mac,ip,subnet,hostname,room", f"{FIRST},10.77.1.55,10.77.1.0/24,,"])
        first = self.listed()[FIRST]
        self.assertEqual((first["hostname"], first.get("room", "")), ("", ""))

    def test_hosts_may_change_places(self):
        self.fill()
        lines = ["mac,ip,subnet,serial", f"{FIRST},10.77.1.60,10.77.1.0/24,0", f"{CIRCUIT},10.77.1.50,10.77.1.0/24,0"]
        self.import_lines(0, lines)
        found = self.listed()
        self.assertEqual((found[FIRST]["ip"], found[CIRCUIT]["ip"]), ("10.77.1.60", "10.77.1.50"))

    def test_subnets_are_changed_and_removed_too(self):
        self.fill()
        subnets = self.file("s.csv", "subnet,lease_time\n10.77.1.0/24,999\n")
        hosts = self.file("h.csv", f"mac,ip,subnet\n{FIRST},10.77.1.50,10.77.1.0/24\n")
        said, _ = self.run_hosts(0, "import", "--yes", "--replace-all", "--subnets", subnets, hosts)
        self.assertIn("~ subnet 10.77.1.0/24, serial 0: lease_time 3600 -> 999", said)
        self.assertIn("hosts: 0 added, 0 changed, 3 removed; subnets: 0 added, 1 changed, 2 removed", said)
        (shown,) = json.loads(self.run_hosts(0, "show", FIRST, "--format", "json")[0])
        self.assertEqual((shown["of_subnet"]["lease_time"], shown["of_subnet"]["domain_name"]), (999, "example.org"))

    def test_a_store_that_fails_in_the_middle_is_as_it_was(self):
        self.fill()
        before = self.listed()
        forbidden = "02:00:5e:00:02:0f"
        self.forbid(forbidden)
        lines = [
            "mac,ip,hostname,subnet",
            f"{FIRST},10.77.1.90,other,10.77.1.0/24",
            "02:00:5e:00:02:01,10.77.1.91,new,10.77.1.0/24",
            f"{forbidden},10.77.1.92,new,10.77.1.0/24",
        ]
        _, said = self.import_lines(1, lines)
        self.assertIn("nothing was changed", said)
        self.assertEqual(self.listed(), before)

    def test_nothing_is_done_if_nobody_says_yes(self):
        subnets, hosts = self.file("subnets.csv", SUBNETS_CSV), self.file("hosts.csv", HOSTS_CSV)
        _, said = self.run_hosts(1, "import", "--subnets", subnets, hosts)
        self.assertIn("--yes", said)
        said, _ = self.run_hosts(0, "import", "--dry-run", "--subnets", subnets, hosts)
        self.assertIn(f"+ {FIRST} 10.77.1.50 known in 10.77.1.0/24, serial 0 room=12, left", said)
        self.assertEqual(self.listed(), {})

    def test_one_host_is_added_shown_changed_and_removed(self):
        self.fill()
        key = "02:00:5e:00:02:01"
        said, _ = self.run_hosts(
            0, "add", "0200.5E00.0201", "10.77.1.70", "--subnet", "10.77.1.0/24", "--hostname", "new", "--set", "room=7"
        )
        self.assertEqual(said, f"added {key} 10.77.1.70 new in 10.77.1.0/24, serial 0 room=7\n")
        for what in (key, "02-00-5E-00-02-01", "10.77.1.70"):
            said, _ = self.run_hosts(0, "show", what)
            self.assertTrue({key, "  ip: 10.77.1.70", "    gateway: 10.77.1.1, 10.77.1.2"} <= set(said.splitlines()))
        _, said = self.run_hosts(1, "add", key, "10.77.1.71", "--subnet", "10.77.1.0/24")
        self.assertIn("is there already; --replace changes it", said)
        self.run_hosts(0, "add", key, "10.77.1.71", "--subnet", "10.77.1.0/24", "--replace")
        host = self.listed("--mac", key)[key]
        self.assertEqual((host["ip"], host["hostname"], host["room"]), ("10.77.1.71", "new", "7"))
        self.run_hosts(0, "remove", key)
        self.assertNotIn(key, self.listed())
        self.assertIn("no such reservation", self.run_hosts(1, "show", key)[1])

    def test_one_host_that_cannot_be_added(self):
        self.fill()
        before = self.listed()
        new = "02:00:5e:00:02:01"
        for status, key, ip, subnet, expected in (
            (1, new, "10.77.2.70", "10.77.1.0/24", "is not in subnet"),
            (1, new, "10.77.1.50", "10.77.1.0/24", f"is given to {FIRST}"),
            (1, new, "10.77.1.70", "nowhere", "there is no subnet 'nowhere'"),
            (2, "02:00:5e", "10.77.1.70", "10.77.1.0/24", "'02:00:5e' is no key"),
            (2, new, "10.77.1", "10.77.1.0/24", "'10.77.1' is no"),
        ):
            self.assertIn(expected, self.run_hosts(status, "add", key, ip, "--subnet", subnet)[1])
        self.assertEqual(self.listed(), before)

    def test_hosts_are_removed_all_or_none(self):
        self.fill()
        _, said = self.run_hosts(1, "remove", FIRST, "02:00:5e:00:09:09")
        self.assertIn("02:00:5e:00:09:09: there is no such reservation", said)
        self.assertEqual(len(self.listed()), 4)
        self.run_hosts(0, "remove", FIRST, CIRCUIT)
        self.assertEqual(sorted(self.listed()), [SECOND, THIRD])

    def test_lists_what_is_selected(self):
        self.fill()
        for arguments, expected in (
            (("--mac", "02-00-5E*"), [FIRST, SECOND, THIRD]),
            (("--mac", "circuit-id:*"), [CIRCUIT]),
            (("--ip", "10.77.0.0/16"), [FIRST, SECOND, CIRCUIT]),
            (("--ip", "10.9.9.9"), [THIRD]),
            (("--hostname", "KNO?N"), [FIRST]),
            (("--subnet", "a room"), [THIRD]),
        ):
            self.assertEqual(sorted(self.listed(*arguments)), expected)
        self.assertEqual(len(self.listed("--limit", "2")), 2)
        table, _ = self.run_hosts(0, "list", "--mac", FIRST)
        self.assertEqual(table.split(), [FIRST, "10.77.1.50", "10.77.1.0/24|0", "known", "room=12,", "left"])
        text, _ = self.run_hosts(0, "list", "--format", "csv", "--mac", THIRD)
        self.assertEqual(text, f"mac,ip,hostname,subnet,serial{self.csv_room}\n{THIRD},10.9.9.9,bücher,a room,0" + (
            ",\n" if self.csv_room else "\n"))  # fmt: skip

    csv_room = ",room"
    """The column of the site's own in a list of hosts that have nothing in it."""

    def test_says_how_far_it_is(self):
        subnets, hosts = self.file("subnets.csv", SUBNETS_CSV), self.file("hosts.csv", HOSTS_CSV)
        _, said = self.run_hosts(0, "import", "--yes", "--progress", "--subnets", subnets, hosts)
        self.assertEqual(
            [line for line in said.splitlines() if line.endswith("done")],
            ["checking: done", "comparing: done", "writing: done"],
        )
