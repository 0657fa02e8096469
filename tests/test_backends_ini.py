"""INI files."""

import os

from twisted.internet import reactor
from twisted.internet.defer import inlineCallbacks
from twisted.trial.unittest import TestCase

from sdhcp.backends.ini import IniSource
from sdhcp.interfaces import SourceLoadError

from .contracts import EXPECTED, HOSTS, SUBNETS, CachedContract, ListContract, SourceContract, asked
from .samples import ip


def text(subnets, hosts):
    """An INI file of subnets and hosts."""
    lines = []
    for subnet in subnets:
        lines.append(f"[{subnet['subnet']}|{subnet['serial']}]")
        fields = {key: value for key, value in subnet.items() if key not in ("subnet", "serial")}
        lines += [f"{key.replace('_', '-')}: {value}" for key, value in fields.items()]
    for host in hosts:
        lines.append(f"[{host['mac']}]")
        fields = {key: value for key, value in host.items() if key not in ("mac", "own")}
        fields |= {f"maps.{key}" if key == "room" else key: value for key, value in host.get("own", {}).items()}
        lines += [f"{key} = {'' if value is None else value}" for key, value in fields.items()]
    return "\n".join(lines) + "\n"


class IniCase(TestCase):
    def write(self, content):
        if not hasattr(self, "path"):
            self.path = os.path.abspath(self.mktemp())
        with open(self.path, "w", encoding="utf-8") as file:
            file.write(content)
        return self.path

    def source(self, content):
        return IniSource(self.write(content), reactor)


class ContractTests(ListContract, SourceContract, IniCase):
    checks_entries_when_read = True

    def open(self, subnets, hosts):
        self.ini = self.source(text(subnets, hosts))
        return self.ini

    def change(self, subnets, hosts):
        self.write(text(subnets, hosts))
        return self.ini.reload()


class CachedContractTests(CachedContract, ContractTests):
    pass


class IniTests(IniCase):
    def test_addresses_of_hardware_in_every_spelling(self):
        for spelling in ("02:00:5E:00:01:01", "02-00-5e-00-01-01", "02005e000101", "02_00/5e.00 01,01"):
            source = self.source(text(SUBNETS, [{**HOSTS[0], "mac": spelling}]))
            self.assertEqual(source.peek(asked()), EXPECTED[HOSTS[0]["mac"]])

    def test_comments_marks_and_line_ends(self):
        content = "\ufeff; all of them\r\n# too\r\n" + text(SUBNETS, HOSTS).replace("\n", "\r\n")
        self.assertEqual(self.source(content).peek(asked()), EXPECTED[HOSTS[0]["mac"]])

    def test_an_indent_of_its_own_for_each_section(self):
        lines = text(SUBNETS, HOSTS).splitlines()
        for indent in ("  ", "\t", "      "):
            content = "\n".join(line if line.startswith("[") else indent + line for line in lines)
            known = dict(self.source(content).reservations())
            self.assertEqual(known, EXPECTED)

    def test_a_value_goes_on_where_the_indent_is_deeper(self):
        content = "[10.0.0.0/8|0]\n  lease-time: 77\n  gateway: 10.0.0.1,\n    10.0.0.2\n  subnet-mask: 255.0.0.0\n"
        found = self.source(content).subnet_of(ip("10.0.0.9")).definition
        self.assertEqual((found.gateways, found.mask), ((ip("10.0.0.1"), ip("10.0.0.2")), 0xFF000000))

    def test_a_serial_beyond_any_is_no_subnet(self):
        (warning,) = self.source(f"[a|{'9' * 5000}]\nlease-time: 5\n").warnings
        self.assertIn(":1: ", warning)

    def test_defaults_for_all(self):
        content = "[DEFAULT]\nlease-time: 77\n[10.0.0.0/8|0]\n[02:00:5e:00:01:01]\nip: 10.0.0.5\nsubnet: 10.0.0.0/8\n"
        self.assertEqual(self.source(content).peek(asked()).lease_time, 77)

    def test_the_sites_own_fields_and_options(self):
        content = (
            "[10.0.0.0/8|0]\nlease-time: 60\nsubnets.note: all\noption-150: 10.0.0.1\n"
            "[02:00:5e:00:01:01]\nip: 10.0.0.5\nsubnet: 10.0.0.0/8\nmaps.room: 12\nforce-option-67: own\n"
            "boot-file: kernel\nrenewal-time: 20\n"
        )
        found = self.source(content).peek(asked())
        self.assertEqual(found.extra["maps.room"], "12")
        self.assertEqual(found.extra["subnets.note"], "all")
        self.assertEqual(found.options, {150: ip("10.0.0.1"), 67: b"own"})
        self.assertEqual((found.forced, found.boot_file, found.renewal_time), (frozenset({67}), b"kernel", 20))

    def test_a_section_that_is_neither_is_named_and_left_out(self):
        source = self.source("[letters]\nto: a friend\n" + text(SUBNETS, HOSTS))
        self.assertIn("[letters]", source.warnings[0])
        self.assertIn(":1:", source.warnings[0])
        self.assertEqual(source.peek(asked()), EXPECTED[HOSTS[0]["mac"]])

    @inlineCallbacks
    def test_a_reload_swaps_the_whole_file(self):
        source = self.source(text(SUBNETS, HOSTS))
        self.write(text(SUBNETS, [{**HOSTS[0], "ip": "10.77.1.77"}]))
        self.assertEqual(source.peek(asked()).ip, ip("10.77.1.50"))
        yield source.reload()
        self.assertEqual(source.peek(asked()).ip, ip("10.77.1.77"))
        self.assertIsNone(source.peek(asked("02:00:5e:00:01:02")))

    @inlineCallbacks
    def test_a_reload_that_fails_says_where_and_keeps_what_was(self):
        source = self.source(text(SUBNETS, HOSTS))
        self.write(text(SUBNETS, HOSTS) + "[02:00:5e:00:01:77]\nip: 10.0.0\nsubnet: nowhere\n")
        error = yield self.assertFailure(source.reload(), SourceLoadError)
        self.assertEqual(len(error.problems), 1)
        os.remove(self.path)
        error = yield self.assertFailure(source.reload(), SourceLoadError)
        self.assertIn(self.path, error.problems[0])
        self.assertEqual(source.peek(asked()), EXPECTED[HOSTS[0]["mac"]])
