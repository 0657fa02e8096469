"""Which options of a reply are sent where loadDHCPPacket selects them, and that it is told so."""

from dataclasses import replace

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.backends.memory import MemorySource
from sdhcp.wire.constants import DISCOVER, INFORM, NAK, OFFER

from .in_process import POLICY
from .samples import ADDRESS, MAC, SERVER, definition
from .scripted_world import ScriptedWorld

LEGACY = replace(POLICY, legacy_requested_options_only=True)
NTP = bytes((10, 0, 0, 42))


class SelectionTests(SynchronousTestCase):
    def sent(self, load, wanted=b"\1\3", policy=POLICY, first=None, **settings):
        """The options of an OFFER, and the codes that the packet has named as those that are sent."""
        told = []

        def load_dhcp_packet(packet, *_):
            load(packet)
            told.extend(packet.getSelectedOptions())
            return True

        known = definition(ntp_servers=(NTP,), **settings)
        hooks = {"loadDHCPPacket": load_dhcp_packet, **({"filterPacket": first} if first else {})}
        site = ScriptedWorld(source=MemorySource({MAC: known}), policy=policy, hooks=hooks)
        return site.ask(DISCOVER, {55: wanted} if wanted else {}).message.options, set(told)

    def test_what_is_added_to_what_the_client_asks_for_comes_from_the_definition(self):
        for policy in (POLICY, LEGACY):
            options, told = self.sent(lambda packet: packet.setSelectedOptions(added=["ntp_servers"]), policy=policy)
            self.assertEqual((options[42], set(options)), (NTP, told))
            self.assertNotIn(12, options)

    def test_selecting_everything_sends_all_that_the_definition_has(self):
        for policy in (POLICY, LEGACY):
            options, told = self.sent(
                lambda packet: packet.setSelectedOptions(), policy=policy, options={43: b"vendor"}, renewal_time=100
            )
            self.assertEqual((options[42], options[43], options[12]), (NTP, b"vendor", b"known"))
            self.assertEqual(set(options), told)

    def test_an_inform_has_no_times_of_a_lease_to_be_selected(self):
        told = []

        def load(packet, *_):
            packet.setSelectedOptions()
            told.extend(packet.getSelectedOptions())
            return packet.setOption(150, "10.0.0.1")

        source = MemorySource({MAC: definition(renewal_time=100, rebinding_time=200)})
        site = ScriptedWorld(source=source, hooks={"loadDHCPPacket": load})
        options = site.ask(INFORM, {55: b"\1\x3a"}, ciaddr=ADDRESS).message.options
        self.assertEqual({51, 58, 59} & {*options, *told}, set())

    def test_what_was_added_and_is_deleted_is_not_sent(self):
        def load(packet):
            packet.setSelectedOptions(added=[42])
            packet.deleteOption(42)

        options, told = self.sent(load)
        self.assertNotIn(42, options)
        self.assertEqual(set(options), told)

    def test_what_is_selected_alone_does_not_keep_a_refusal_from_being_one(self):
        def load(packet):
            packet.setSelectedOptions(added=[42])
            packet.transformToDHCPNakPacket()

        options, _ = self.sent(load, wanted=b"")
        self.assertEqual((options[53], set(options)), (bytes((NAK,)), {53, 54, 56}))

    def test_what_makes_it_a_reply_cannot_be_left_out_by_selecting(self):
        def load(packet):
            packet.setSelectedOptions(removed=[53, 54, 15])

        options, told = self.sent(load)
        self.assertEqual((options[53], options[54]), (bytes((OFFER,)), SERVER))
        self.assertEqual((set(options), 15 in options), (told, False))

    def test_it_is_told_what_a_site_that_asks_for_the_clients_list_alone_keeps_back(self):
        def load(packet):
            packet.setOption(150, "10.0.0.1")
            packet.setOption(66, "boot", force_selection=True)

        options, told = self.sent(load, policy=LEGACY)
        self.assertEqual((150 in options, 66 in options, told), (False, True, set(options)))
        options, told = self.sent(load)
        self.assertEqual((150 in options, 66 in options, told), (True, True, set(options)))

    def test_what_a_source_sends_unasked_is_told(self):
        settings = {"options": {66: b"boot", 43: b"vendor"}, "forced": frozenset((66,))}
        options, told = self.sent(lambda packet: None, **settings)
        self.assertEqual((66 in options, told), (True, set(options)))
        options, told = self.sent(lambda packet: None, policy=LEGACY, **settings)
        self.assertEqual((66 in options, told), (False, set(options)))
