"""Replies as bytes."""

import socket

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sdhcp import model
from sdhcp.engine import decide as rules
from sdhcp.engine.policy import Policy
from sdhcp.engine.reply import encode
from sdhcp.wire import constants as c
from sdhcp.wire.message import decode
from sdhcp.wire.message import encode as encode_message

from .samples import ADDRESS, LOCAL, MAC, RELAY, SERVER, definition, ip, message

PLAIN = Policy()
PROXY = LOCAL._replace(is_proxy=True)
LONG = bytes(range(256)) + bytes(44)


def octets(request, decision=rules.ACKNOWLEDGED, known=None, local=LOCAL, policy=PLAIN):
    return encode(request, decision, known or definition(), local, local.server_id, policy)


def answer(request, decision=rules.ACKNOWLEDGED, known=None, local=LOCAL, policy=PLAIN):
    return decode(octets(request, decision, known, local, policy))


def ask(options=None, prl=None, **fields):
    options = dict(options or {})
    if prl is not None:
        options[c.PARAMETER_REQUEST_LIST] = bytes(prl)
    return message(c.REQUEST, options, **fields)


class HeaderTests(SynchronousTestCase):
    def test_fields_are_those_of_table_3(self):
        chaddr = bytes(range(16))
        request = ask(hops=3, secs=77, flags=0x8000, giaddr=RELAY, ciaddr=ADDRESS, chaddr=chaddr, htype=6, hlen=8)
        reply = answer(request)
        self.assertEqual((reply.op, reply.htype, reply.hlen, reply.hops), (c.BOOTREPLY, 6, 8, 0))
        self.assertEqual((reply.xid, reply.secs, reply.flags), (request.xid, 0, 0x8000))
        self.assertEqual((reply.ciaddr, reply.yiaddr, reply.siaddr), (ADDRESS, ADDRESS, bytes(4)))
        self.assertEqual((reply.giaddr, reply.chaddr), (RELAY, chaddr))

    def test_an_offer_has_no_ciaddr(self):
        self.assertEqual(answer(ask(ciaddr=ADDRESS), rules.OFFERED).ciaddr, bytes(4))
        self.assertEqual(answer(ask(ciaddr=ADDRESS), rules.COMMITTED).ciaddr, bytes(4))

    def test_a_boot_server_and_file(self):
        known = definition(next_server=SERVER, server_name=b"boot", boot_file=b"pxelinux.0")
        reply = answer(ask(), known=known)
        self.assertEqual(reply.siaddr, SERVER)
        self.assertEqual((reply.sname.rstrip(b"\0"), reply.file.rstrip(b"\0")), (b"boot", b"pxelinux.0"))
        self.assertNotIn(c.BOOTFILE_NAME, reply.options)

    def test_boot_options_if_they_are_asked_for(self):
        known = definition(server_name=b"boot", boot_file=b"pxelinux.0")
        reply = answer(ask(prl=[66, 67]), known=known)
        self.assertEqual((reply.options[66], reply.options[67]), (b"boot", b"pxelinux.0"))

    def test_names_too_long_for_their_fields(self):
        known = definition(server_name=b"s" * 64, boot_file=b"f" * 128)
        for prl in (None, [1]):
            reply = answer(ask({c.MAXIMUM_SIZE: b"\x05\xdc"}, prl), known=known)
            self.assertEqual((reply.options[66], reply.options[67]), (b"s" * 64, b"f" * 128))
            self.assertFalse(any(reply.file))


class OptionTests(SynchronousTestCase):
    def test_everything_without_a_parameter_request_list(self):
        options = answer(ask()).options
        self.assertEqual(list(options), [53, 54, 51, 1, 3, 6, 12, 15, 28, 42])
        self.assertEqual(options[54], SERVER)
        self.assertEqual(options[51], b"\0\0\x0e\x10")
        self.assertEqual((options[12], options[15]), (b"known", b"example.org"))

    def test_nothing_that_is_not_there(self):
        bare = definition(
            hostname=None,
            gateways=(),
            subnet_mask=None,
            broadcast_address=None,
            domain_name=None,
            domain_name_servers=(),
            ntp_servers=(),
        )
        self.assertEqual(list(answer(ask(prl=[1, 3, 6, 12, 15, 28, 42, 121]), known=bare).options), [53, 54, 51])
        self.assertEqual(list(answer(ask(), known=bare).options), [53, 54, 51])

    def test_the_order_of_the_list_with_the_mask_before_the_routers(self):
        self.assertEqual(list(answer(ask(prl=[42, 6, 3, 1, 15])).options), [53, 54, 51, 42, 6, 1, 3, 15])

    def test_only_what_is_asked_for_and_what_every_client_needs(self):
        self.assertEqual(list(answer(ask(prl=[42, 42, 0, 255])).options), [53, 54, 51, 42, 1, 3, 6, 15])

    def test_configured_options(self):
        known = definition(options={108: b"\0\0\1\x2c", 114: b"https://example.org"}, forced=frozenset([114]))
        self.assertNotIn(108, answer(ask(prl=[1]), known=known).options)
        self.assertEqual(answer(ask(prl=[1]), known=known).options[114], b"https://example.org")
        self.assertEqual(answer(ask(prl=[108]), known=known).options[108], b"\0\0\1\x2c")
        legacy = Policy(legacy_requested_options_only=True)
        self.assertNotIn(114, answer(ask(prl=[1]), known=known, policy=legacy).options)

    def test_configured_options_cannot_replace_the_protocols_own(self):
        known = definition(options={53: b"\1", 54: b"\1\1\1\1", 51: b"\0\0\0\1", 82: b"\1\1x"})
        options = answer(ask(), known=known).options
        self.assertEqual((options[53], options[54], options[51]), (b"\5", SERVER, b"\0\0\x0e\x10"))
        self.assertNotIn(82, options)

    def test_timers(self):
        self.assertNotIn(c.RENEWAL_TIME, answer(ask()).options)
        options = answer(ask(prl=[58, 59])).options
        self.assertEqual((options[58], options[59]), ((1800).to_bytes(4, "big"), (3150).to_bytes(4, "big")))
        options = answer(ask(), known=definition(renewal_time=60, rebinding_time=90)).options
        self.assertEqual((options[58], options[59]), (b"\0\0\0\x3c", b"\0\0\0\x5a"))
        options = answer(ask(prl=[1]), known=definition(renewal_time=60, rebinding_time=90)).options
        self.assertEqual((options[58], options[59]), (b"\0\0\0\x3c", b"\0\0\0\x5a"))
        options = answer(ask(prl=[58, 59, 51]), known=definition(lease_time=0xFFFFFFFF)).options
        self.assertEqual(options[51], b"\xff\xff\xff\xff")
        self.assertNotIn(58, options)
        self.assertNotIn(59, options)

    def test_t1_is_half_of_any_lease(self):
        for lease in (900, 901, 902, 3601):
            options = answer(ask(prl=[58, 59]), known=definition(lease_time=lease)).options
            self.assertEqual(int.from_bytes(options[c.RENEWAL_TIME], "big"), lease // 2)

    def test_timers_stand_in_their_order_below_the_lease_or_not_at_all(self):
        def times(**fields):
            options = answer(ask(prl=[58, 59]), known=definition(**fields)).options
            return tuple(int.from_bytes(options[code], "big") for code in (58, 59) if code in options)

        self.assertEqual(times(renewal_time=3300), (3300, 3450))
        self.assertEqual(times(rebinding_time=1000), (571, 1000))
        self.assertEqual(times(renewal_time=100, rebinding_time=200), (100, 200))
        for wrong in (
            {"renewal_time": 7200},
            {"renewal_time": 3600},
            {"rebinding_time": 3600},
            {"renewal_time": 300, "rebinding_time": 200},
            {"lease_time": 1},
            {"lease_time": 2},
        ):
            self.assertEqual(times(**wrong), ())

    def test_a_timer_that_is_sent_alone_fits_what_the_client_takes_for_the_other(self):
        def times(prl, **fields):
            options = answer(ask(prl=prl), known=definition(**fields)).options
            return {code: int.from_bytes(options[code], "big") for code in (58, 59) if code in options}

        for prl in ([1], None, [58], [59]):
            self.assertEqual(times(prl, renewal_time=3400), {58: 3400, 59: 3500})
            self.assertEqual(times(prl, rebinding_time=1000), {58: 571, 59: 1000})
        self.assertEqual(times([1], renewal_time=600), {58: 600})
        self.assertEqual(times([1], rebinding_time=3000), {59: 3000})

    def test_one_encoded_block_serves_every_client_that_asks_alike(self):
        known = definition()

        def received(prl, **fields):
            return decode(encode_message(ask({61: b"\1id", 82: b"\1\1a"}, prl, **fields)))

        first = octets(received([1, 3]), known=known)
        self.assertEqual(octets(received([1, 3]), known=known), first)
        again = decode(octets(received([1, 3], xid=b"next", giaddr=RELAY), known=known))
        self.assertEqual((again.xid, again.giaddr, again.options), (b"next", RELAY, decode(first).options))
        self.assertEqual(decode(octets(received([1, 3]), rules.OFFERED, known)).options[53], b"\2")
        for number in range(256):
            octets(received([1, number]), known=known)
        self.assertLessEqual(len(known.blocks), model.BLOCKS)
        self.assertEqual(octets(received([1, 3]), known=known), first)

    def test_hosts_of_the_same_settings_differ_in_address_and_name_alone(self):
        known = definition(hostname="one", options={43: b"\x01\x01x"})
        other = known.for_host(socket.inet_aton("10.1.0.77"), "another", {"maps.room": 7})
        unnamed = known.for_host(socket.inet_aton("10.1.0.78"), None)
        for prl in ([1, 12, 3, 43], [12], [3, 1], None):
            replies = [decode(octets(ask({61: b"\1id"}, prl), known=one)) for one in (known, other, unnamed)]
            self.assertEqual([reply.yiaddr[3] for reply in replies], [50, 77, 78])
            names = [reply.options.pop(12, None) for reply in replies]
            self.assertEqual(names, [b"one", b"another", None] if prl is None or 12 in prl else [None] * 3)
            self.assertEqual(replies[0].options, replies[1].options)
            self.assertEqual(replies[0].options, replies[2].options)
        self.assertEqual(other, definition(ip=other.ip, hostname="another", extra=other.extra, options=known.options))

    def test_nothing_is_kept_for_a_very_long_request(self):
        known = definition()
        octets(ask(prl=[1, 3] * 200), known=known)
        self.assertEqual(known.blocks, {})


class EchoTests(SynchronousTestCase):
    ECHOED = {61: b"\1" + MAC, 118: RELAY, 97: b"\0" + bytes(16), 82: b"\1\1a\xfa\2zz"}

    def test_echoed_as_they_came_with_option_82_last(self):
        for prl in (None, [1]):
            reply = answer(ask(self.ECHOED, prl))
            self.assertEqual({code: reply.options[code] for code in self.ECHOED}, self.ECHOED)
            self.assertEqual(list(reply.options)[-1], 82)

    def test_nothing_is_echoed_that_did_not_come(self):
        self.assertTrue(set(self.ECHOED).isdisjoint(answer(ask()).options))
        self.assertNotIn(61, answer(ask({61: b""})).options)

    def test_malformed_relay_information_is_echoed_too(self):
        for value in (b"", b"\1", b"\0\0\0", b"\1\xffx"):
            self.assertEqual(answer(ask({82: value})).options[82], value)

    def test_a_whole_option_82_or_none(self):
        long = bytes([1, 253]) + bytes(253)
        self.assertEqual(answer(ask({82: long})).options[82], long)
        self.assertNotIn(82, answer(ask({82: bytes(600)})).options)

    def test_rapid_commit(self):
        self.assertEqual(answer(ask({80: b""}), rules.COMMITTED).options[80], b"")
        self.assertNotIn(80, answer(ask({80: b""}), rules.OFFERED).options)
        self.assertEqual(list(answer(ask({80: b"", 82: b"\1\1a"}), rules.COMMITTED).options)[-1], 82)

    def test_a_client_that_names_itself(self):
        fqdn = answer(ask({81: b"\1\0\0mine"})).options[81]
        self.assertEqual(fqdn[:3], bytes([0b1010, 255, 255]))
        self.assertIn(b"known", fqdn)
        self.assertNotIn(81, answer(ask({81: b"\1"})).options)


class SizeTests(SynchronousTestCase):
    def test_at_least_300_octets(self):
        self.assertEqual(len(octets(ask(prl=[1]))), 300)
        self.assertEqual(len(octets(ask(), rules.NAK_MISMATCH)), 300)

    def test_576_unless_the_client_allows_more(self):
        known = definition(options={125: LONG, 43: LONG})
        self.assertLessEqual(len(octets(ask(prl=[125, 43]), known=known)), 548)
        roomy = octets(ask({57: b"\x05\x78"}, [125, 43]), known=known)
        self.assertGreater(len(roomy), 576)
        self.assertEqual(decode(roomy).options[125], LONG)
        self.assertEqual(decode(roomy).options[43], LONG)

    def test_a_limit_below_576_counts_as_576(self):
        plain = octets(ask())
        for value in (b"\0\0", b"\0\1", b"\2\x3f", b"", b"\1", b"\1\2\3"):
            self.assertEqual(octets(ask({57: value})), plain)

    def test_no_reply_larger_than_an_ethernet_frame(self):
        known = definition(options=dict.fromkeys(range(224, 240), LONG))
        request = ask({57: b"\xff\xff"}, list(range(224, 240)))
        self.assertLessEqual(len(octets(request, known=known)), 1472)

    def test_overload(self):
        known = definition(options={125: LONG})
        raw = octets(ask(prl=[125]), known=known)
        self.assertLessEqual(len(raw), 548)
        self.assertIn(bytes([52, 1]), raw[240:])
        self.assertEqual(decode(raw).options[125], LONG)

    def test_the_boot_file_is_never_overloaded(self):
        known = definition(options={125: LONG + LONG}, boot_file=b"pxelinux.0", server_name=b"boot")
        reply = answer(ask(prl=[125]), known=known)
        self.assertEqual((reply.file.rstrip(b"\0"), reply.sname.rstrip(b"\0")), (b"pxelinux.0", b"boot"))
        self.assertNotIn(125, reply.options)

    def test_an_inform_where_not_everything_fits(self):
        known = definition(options={125: LONG})
        reply = answer(ask(prl=[125], ciaddr=ADDRESS), rules.INFORMED, known)
        self.assertEqual((reply.yiaddr, reply.options[125]), (bytes(4), LONG))
        reply = answer(ask(prl=[125], giaddr=RELAY), rules.INFORMED, known)
        self.assertEqual(reply.flags, 0x8000)

    @given(
        st.dictionaries(st.integers(1, 254), st.binary(max_size=400), max_size=12),
        st.lists(st.integers(0, 255), max_size=40),
        st.one_of(st.none(), st.binary(max_size=3)),
        st.dictionaries(st.sampled_from([61, 82, 97, 118, 81, 80]), st.binary(max_size=300)),
        st.sampled_from(
            [rules.OFFERED, rules.ACKNOWLEDGED, rules.COMMITTED, rules.INFORMED, rules.NAK_MISMATCH, rules.BOOTED]
        ),
        st.binary(max_size=140),
        st.booleans(),
    )
    def test_never_more_than_the_client_accepts(self, configured, prl, maximum, sent, decision, file, is_proxy):
        options = dict(sent)
        if maximum is not None:
            options[57] = maximum
        limit = max(576, int.from_bytes(maximum, "big") if maximum and len(maximum) == 2 else 0)
        known = definition(options=configured, forced=frozenset(configured), boot_file=file)
        request = decode(encode_message(ask(options, prl)))
        raw = octets(request, decision, known, PROXY if is_proxy else LOCAL)
        self.assertLessEqual(len(raw) + 28, min(limit, 1500))
        self.assertGreaterEqual(len(raw), 300)
        reply = decode(raw)
        if 82 in reply.options:
            self.assertEqual(reply.options[82], sent[82])
        self.assertEqual(octets(request, decision, known, PROXY if is_proxy else LOCAL), raw)
        if decision is not rules.BOOTED:
            self.assertEqual(len(reply.options[53]), 1)
            self.assertEqual(reply.options[54], SERVER)


class NakTests(SynchronousTestCase):
    def test_a_long_client_identifier_goes_before_the_text(self):
        for size in (230, 254, 255):
            reply = answer(ask({61: bytes(size), 57: b"\2\x40"}), rules.NAK_MISMATCH)
            self.assertEqual(reply.options[61], bytes(size))

    def test_carries_no_configuration(self):
        request = ask({61: b"\1id", 82: b"\1\1a", 118: RELAY, 97: bytes(17)}, [1, 3, 6], ciaddr=ADDRESS)
        reply = answer(request, rules.NAK_OFF_LINK)
        self.assertEqual(list(reply.options), [53, 54, 61, 118, 56, 82])
        self.assertEqual(reply.options[53], b"\6")
        self.assertEqual((reply.yiaddr, reply.ciaddr, reply.siaddr), (bytes(4),) * 3)
        self.assertEqual(reply.flags, 0)

    def test_through_a_relay_it_is_broadcast_to_the_client(self):
        self.assertEqual(answer(ask(giaddr=RELAY), rules.NAK_MISMATCH).flags, 0x8000)

    def test_an_empty_option_82_is_echoed_an_empty_client_identifier_is_not(self):
        self.assertEqual(list(answer(ask({61: b"", 82: b""}), rules.NAK_MISMATCH).options), [53, 54, 56, 82])

    def test_without_a_definition(self):
        raw = encode(ask(), rules.NAK_UNKNOWN, None, LOCAL, SERVER, PLAIN)
        self.assertEqual(decode(raw).options[53], b"\6")


class InformTests(SynchronousTestCase):
    def test_no_address_and_no_times(self):
        known = definition(renewal_time=60, rebinding_time=90, options={51: b"\0\0\0\1", 58: b"\0\0\0\1"})
        for prl in (None, [51, 58, 59, 6]):
            reply = answer(ask(prl=prl, ciaddr=ADDRESS), rules.INFORMED, known)
            self.assertEqual((reply.yiaddr, reply.ciaddr), (bytes(4), ADDRESS))
            self.assertTrue({51, 58, 59}.isdisjoint(reply.options))
            self.assertIn(6, reply.options)

    def test_through_a_relay_without_ciaddr(self):
        self.assertEqual(answer(ask(giaddr=RELAY), rules.INFORMED).flags, 0x8000)


class BootpTests(SynchronousTestCase):
    def bootp(self, options=None, known=None, **fields):
        return octets(message(None, options, **fields), rules.BOOTED, known)

    def test_a_name_for_those_that_have_one(self):
        self.assertEqual(decode(self.bootp()).options[12], b"known")
        self.assertNotIn(12, decode(self.bootp(known=definition(hostname=None))).options)

    def test_no_options_of_dhcp(self):
        raw = self.bootp(known=definition(renewal_time=60, boot_file=b"kernel"))
        reply = decode(raw)
        self.assertEqual(len(raw), 300)
        self.assertTrue({51, 53, 54, 58, 59}.isdisjoint(reply.options))
        self.assertEqual((reply.yiaddr, reply.options[3]), (ADDRESS, ip("10.77.1.1")))
        self.assertEqual(reply.file.rstrip(b"\0"), b"kernel")

    def test_long_relay_information_is_echoed_beside_what_is_configured(self):
        reply = decode(self.bootp({82: b"\1\x50" + bytes(80)}, giaddr=RELAY))
        self.assertEqual((reply.options[82], reply.options[3]), (b"\1\x50" + bytes(80), ip("10.77.1.1")))

    def test_relay_information_is_echoed(self):
        self.assertEqual(decode(self.bootp({82: b"\1\1a"}, giaddr=RELAY)).options[82], b"\1\1a")

    def test_a_vendor_area_of_64_octets_unless_more_is_allowed(self):
        known = definition(options={125: bytes(200)})
        self.assertNotIn(125, decode(self.bootp(known=known)).options)
        self.assertIn(125, decode(self.bootp({57: b"\x02\x40"}, known)).options)

    def test_without_a_cookie_there_are_no_options(self):
        raw = self.bootp(is_dhcp=False)
        self.assertEqual((len(raw), raw[236:240]), (300, bytes(4)))


class HeadTests(SynchronousTestCase):
    def test_what_makes_a_reply_one_goes_before_long_relay_information(self):
        known = definition(server_name=b"boot", boot_file=b"kernel")
        for size in (255, 280, 290, 300, 310, 600):
            for one in (definition(), known):
                raw = octets(ask({82: bytes(size)}, prl=[1, 3, 6], giaddr=RELAY), known=one)
                self.assertLessEqual(len(raw), 548)
                self.assertEqual(raw[240:243], b"\x35\1\5")
                reply = decode(raw)
                self.assertLessEqual({51, 53, 54}, set(reply.options))
                self.assertIn(reply.options.get(82), (None, bytes(size)))


class ProxyTests(SynchronousTestCase):
    def test_says_that_it_speaks_to_boot_clients(self):
        reply = answer(ask({60: b"PXEClient:Arch:00007"}), local=PROXY)
        self.assertEqual(reply.options[60], b"PXEClient")
        configured = answer(ask({60: b"PXEClient"}), known=definition(options={60: b"mine"}), local=PROXY)
        self.assertEqual(configured.options[60], b"mine")
        self.assertNotIn(60, answer(ask(), local=PROXY).options)
        self.assertNotIn(60, answer(ask({60: b"PXEClient"})).options)
