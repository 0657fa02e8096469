"""What a reply is made of, and where it goes."""

from .row import Part, Row, row

_D = "test_compat_transformations.DefinitionTests"
_C = "test_compat_transformations.ClientsOwnTests"
_B = "test_compat_transformations.SetBeforeTests"
_L = "test_scripting_packet_replies.TransformationTests"
_S = "test_scripting_packet_replies.SelectionTests"
_Z = "test_scripting_packet_replies.SizeTests"
_W = "test_conformance_wire.WireTests"
_A = "test_conformance_delivery.AddressingTests"
_O = "test_conformance_delivery.RelayInformationTests"
_G = "test_engine_destination.DestinationTests"
_TABLE_3 = "RFC 2131 table 3: replies have the server's values"

_CONTENT = Part(
    "What the server puts into a positive reply",
    (
        row(
            "Before loadDHCPPacket: yiaddr, lease time (51), gateways (3), mask (1), broadcast address (28), host name "
            "(12), domain name (15), name servers (6), time servers (42).",
            f"{_D}.test_all_that_it_has",
        ),
        row("Nothing where the definition has nothing.", f"{_D}.test_nothing_that_it_has_not"),
        row(
            "No yiaddr and no lease time for an INFORM.",
            f"{_D}.test_an_inform_has_no_address_and_no_lease_time",
        ),
        row(
            "After loadDHCPPacket: the server identifier (54).",
            f"{_D}.test_the_server_identifier_is_there_and_cannot_be_taken_away",
            differs="loadDHCPPacket sees it too",
        ),
        row(
            "Neither siaddr, sname, file nor 56 by itself.",
            f"{_D}.test_nothing_that_no_definition_of_staticdhcpds_has",
        ),
        row(
            "Neither 58 nor 59 by itself.",
            f"{_W}.test_W30",
            "test_engine_reply.OptionTests.test_timers",
            differs="a client that asks for them gets half and seven eighths of its lease (RFC 2131 section 4.4.5)",
        ),
        row(
            "`extra` is for scripts, and changes no reply.",
            f"{_D}.test_fields_of_a_sites_own_are_for_scripts_alone",
            "test_backends_ini.IniTests.test_the_sites_own_fields_and_options",
            differs="fields named like `option_66` are options",
        ),
    ),
)


def _kind(name: str, code: int, cleared: str, more: str, *tests: str, differs: str = "") -> Row:
    shown = (f"{_L}.test_the_type_is_the_replys_and_what_tells_of_the_client_is_gone", *tests)
    return row(f"`transformToDHCP{name}Packet()`: option 53 is {code}; {cleared}{more}.", *shown, differs=differs)


_STAYS = f"{_L}.test_what_a_program_has_set_before_stays_but_in_a_nak"
_CIADDR = f"{_L}.test_an_ack_alone_keeps_the_address_that_the_client_has"
_TRANSFORMED = Part(
    "What becomes of a request that is turned into a reply",
    (
        row(
            "op is 2, secs 0; options 22, 43, 50, 52, 55, 57, 60, 61, 93, 94, 97, 118, 124 and 125 "
            "of the client are gone.",
            f"{_L}.test_the_type_is_the_replys_and_what_tells_of_the_client_is_gone",
            f"{_C}.test_what_tells_of_the_client_is_gone_when_load_dhcp_packet_is_called",
        ),
        row(
            "hlen is 6.",
            f"{_L}.test_what_belongs_to_the_exchange_is_kept",
            f"{_W}.test_W02",
            differs="hlen, htype and all of chaddr are the client's (RFC 2131 table 3)",
        ),
        _kind("Ack", 5, "ciaddr is kept", "", _CIADDR),
        _kind("Offer", 2, "ciaddr is cleared", "", _CIADDR),
        _kind(
            "Nak",
            6,
            "ciaddr, siaddr, yiaddr, file and sname are cleared",
            ", and option 51 goes",
            _CIADDR,
            _STAYS,
            f"{_L}.test_a_nak_carries_what_it_may_and_asks_a_relay_agent_to_broadcast",
            "test_compat_transformations.ChangedToNakTests.test_it_carries_no_configuration",
            differs="it carries 53, 54, 56, and what is echoed, alone (RFC 2131 table 3)",
        ),
        _kind("LeaseActive", 13, "ciaddr, file and sname are cleared", "", _CIADDR, _STAYS),
        _kind("LeaseUnassigned", 11, "ciaddr, file and sname are cleared", "", _CIADDR, _STAYS),
        _kind("LeaseUnknown", 12, "ciaddr, file and sname are cleared", "", _CIADDR, _STAYS),
        row(
            "xid, flags, giaddr, htype and chaddr are kept.",
            f"{_L}.test_what_belongs_to_the_exchange_is_kept",
            f"{_C}.test_header_fields_of_it_are_not_sent_back_but_those_of_the_exchange",
        ),
        row("hops is kept.", f"{_W}.test_W04", differs="it is 0 (RFC 2131 table 3)"),
        row(
            "siaddr, sname and file of the client are kept.",
            f"{_C}.test_header_fields_of_it_are_not_sent_back_but_those_of_the_exchange",
            f"{_L}.test_what_clients_have_no_say_in_is_empty",
            differs=f"they are not ({_TABLE_3})",
        ),
        row(
            "All other options of the client are kept.",
            f"{_C}.test_nothing_of_it_is_sent_back_but_what_answers_it",
            f"{_L}.test_only_echoes_of_what_the_client_sent_are_sent",
            f"{_C}.test_what_is_left_can_be_read_and_is_sent_once_it_is_set",
            differs=f"they can be read, and are sent once they are set ({_TABLE_3})",
        ),
        row(
            "The client identifier (61) and the subnet selection (118) of the client.",
            f"{_C}.test_nothing_of_it_is_sent_back_but_what_answers_it",
            "test_conformance_options.IdentifierTests.test_P01",
            "test_conformance_delivery.LinkTests.test_K04",
            differs="come back (RFC 6842, RFC 3011), as does the machine identifier (97, RFC 4578)",
        ),
        row(
            "Option 80 of the client.",
            f"{_L}.test_rapid_commit_is_in_the_ack_to_a_discover_alone",
            "test_conformance_options.RapidCommitTests.test_P07",
            differs="comes back in the ACK to a DISCOVER alone (RFC 4039)",
        ),
        row(
            "What a function set before is in the reply: 58, 59, 66, siaddr, file.",
            f"{_B}.test_it_is_in_the_reply",
            "test_compat_conf.OfficeTests.test_a_guest_gets_an_address_of_the_pool",
        ),
        row("What the definition has goes before that.", f"{_B}.test_what_the_definition_says_goes_before_it"),
        row("Where it has nothing, that stays.", f"{_B}.test_where_the_definition_says_nothing_it_stays"),
        row("What loadDHCPPacket sets goes before both.", f"{_B}.test_what_load_dhcp_packet_says_goes_before_all"),
        row(
            "What is deleted is not sent, option 82 and 61 neither.",
            f"{_B}.test_what_is_deleted_is_not_sent",
            f"{_L}.test_what_a_program_has_deleted_is_not_echoed",
        ),
        row(
            "Option 82 may be decoded in any function.",
            f"{_B}.test_option_82_that_was_decoded_comes_back_whole",
            "test_scripting_packet.RoundTripTests.test_relay_agent_information_can_be_decoded_any_number_of_times",
            differs="as often as one likes, and it comes back whole; there decoding spoilt it",
        ),
    ),
)
_SENT = Part(
    "Which options are sent, in which order, of which size",
    (
        row(
            "Without a parameter request list: all. With one: what it has, and 1, 3, 6, 15, 51, 53, 54, 58, 59.",
            "test_engine_reply.OptionTests.test_everything_without_a_parameter_request_list",
            f"{_W}.test_W32",
        ),
        row(
            "What a script sets is sent only if the list has it, or with `force_selection`.",
            "test_compat_decisions.RequestedOptionTests.test_what_a_site_sets_is_sent_unless_it_wants_back_that_clients_"
            "must_ask_for_it",
            f"{_S}.test_what_a_program_sets_is_sent_whether_asked_for_or_not",
            differs="it is sent (RFC 2131 section 4.3.1 allows it, and the site wants it); "
            "`LEGACY_REQUESTED_OPTIONS_ONLY` brings the other back",
        ),
        row(
            "Option 82 with a parameter request list.",
            f"{_O}.test_O01",
            f"{_O}.test_O03",
            differs="comes back in every reply, last (RFC 3046 section 2.2)",
        ),
        row(
            "53, 54 and 51 stand first, then the others by number.",
            "test_scripting_packet.EncodingTests.test_53_54_and_51_come_first_then_all_in_the_order_of_their_codes_and_"
            "82_last",
            f"{_W}.test_W25",
            f"{_W}.test_W27",
            differs="in the server's replies the others stand in the order of the list, the mask before the routers "
            "(RFC 2132)",
        ),
        row(
            "Values over 255 octets are split.",
            "test_conformance_wire.LongOptionTests.test_G01",
            "test_scripting_packet.RoundTripTests.test_a_long_value_is_split_and_joined",
        ),
        row(
            "Options 57 and 22 limit a reply, which overloads sname and file and leaves out the rest.",
            f"{_Z}.test_what_does_not_fit_goes_into_file_and_sname_and_the_rest_is_left_out",
            f"{_W}.test_W15",
            f"{_W}.test_W16",
            f"{_W}.test_W17",
            differs="57 alone, 576 at least and if there is none (RFC 2132 section 9.10)",
        ),
        row("A short reply.", f"{_W}.test_W14", differs="has 300 octets (RFC 1542)"),
        row(
            "Options in sname and file of a request.",
            "test_conformance_wire.LongOptionTests.test_G04",
            "test_conformance_wire.LongOptionTests.test_G05",
            differs="count (RFC 2131 section 4.1)",
        ),
    ),
)
_GOES = Part(
    "Where a reply goes",
    (
        row(
            "A client without an address, broadcast flag set, or no frames: 255.255.255.255.",
            f"{_A}.test_A04",
            f"{_G}.test_or_a_broadcast_if_it_asks_for_one_or_frames_cannot_be_sent",
            differs="from the server's port there too",
        ),
        row(
            "A client without an address, flag clear: a frame to yiaddr and its hardware address.",
            f"{_A}.test_A05",
            differs="whatever address it speaks from (RFC 2131 section 4.1)",
        ),
        row(
            "Through a relay agent: where the packet came from, on the server's port.",
            f"{_A}.test_A01",
            f"{_A}.test_A02",
            differs="giaddr (RFC 2131 section 4.1), also of those that renew",
        ),
        row("A client with an address: that, on the client's port.", f"{_A}.test_A03"),
        row("A NAK without an agent.", f"{_A}.test_A06", differs="is broadcast (RFC 2131 section 4.1)"),
        row(
            "On `PROXY_PORT`.",
            "test_conformance_options.ValueTests.test_P18",
            f"{_G}.test_the_proxy_port_answers_where_the_client_spoke_from",
            differs="where the client spoke from, as it was meant to be",
        ),
        row(
            "The broadcast flag of replies.",
            f"{_W}.test_W06",
            f"{_A}.test_A07",
            differs="is the client's; a NAK through an agent has it set (RFC 2131 table 3 and section 4.3.2)",
        ),
        row(
            "Frames have TTL 128 and right checksums.",
            "test_wire_frame.FrameTests.test_W19",
            differs="a checksum of 0 is written as all ones (RFC 768)",
        ),
    ),
)
PARTS = (_CONTENT, _TRANSFORMED, _SENT, _GOES)
