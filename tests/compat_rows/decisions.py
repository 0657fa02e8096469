"""What each kind of packet gets."""

from .row import Part, row

_D = "test_compat_decisions"
_S = "test_conformance_states"
_SILENT = "silence, as RFC 2131 has no such exchange"

_ADMISSION = Part(
    "Who is heard at all",
    (
        row(
            "A payload without a cookie, or with options that end too early, is no packet; others are served on.",
            "test_conformance_bad_input.FormTests.test_Z05",
            "test_conformance_bad_input.FormTests.test_Z06",
            "test_scripting_statistics.StatisticsTests.test_what_is_no_message_has_nothing",
            differs="a cut option is no alert, nor a mail each time; a BOOTP client without a cookie is served if "
            "it is known",
        ),
        row(
            "Types that no client sends are ignored.",
            "test_conformance_bad_input.FormTests.test_Z08",
            "test_engine_classify.KindTests.test_types_that_no_client_sends",
        ),
        row(
            "A packet without a message type is none that is answered.",
            "test_conformance_options.BootpTests.test_B03",
            "test_conformance_options.BootpTests.test_B01",
            differs="a BOOTP client with a reservation is served (RFC 1534)",
        ),
        row(
            "Only what clients send is looked at.",
            "test_conformance_delivery.AddressingTests.test_A08",
            differs="op must be BOOTREQUEST; it was not looked at",
        ),
        row(
            "A hardware address of an odd length costs no more than its own packet.",
            "test_conformance_bad_input.FieldTests.test_Z09",
            differs="up to 16 octets are served (RFC 4390), and come back as they came",
        ),
        row(
            "With `ALLOW_DHCP_RELAYS` off, what comes through a relay agent is not served.",
            "test_engine_guards.AdmissionTests.test_relays_are_a_matter_of_policy",
        ),
        row(
            "With agents in `ALLOWED_DHCP_RELAYS`, other agents are not served.",
            f"{_D}.AdmissionTests.test_what_policy_refuses_is_no_activity",
        ),
        row(
            "With `ALLOW_LOCAL_DHCP` off, what comes without an agent is not served.",
            "test_engine_guards.AdmissionTests.test_local_clients_are_a_matter_of_policy",
        ),
        row(
            "What policy refuses does not count as activity of its client.",
            f"{_D}.AdmissionTests.test_what_policy_refuses_is_no_activity",
            differs="in the log it is counted, not written line by line",
        ),
        row(
            "What a client sends while it is not heard does not count as activity.",
            f"{_D}.AdmissionTests.test_what_is_sent_while_a_client_is_not_heard_is_no_activity",
        ),
        row(
            "With a threshold of 10 the eleventh packet of a burst is the first that is not heard, for 150 seconds.",
            f"{_D}.AdmissionTests.test_the_eleventh_packet_of_a_burst_is_the_first_that_is_not_heard_known_or_not",
        ),
        row(
            "A client's count falls by one a second.",
            f"{_D}.AdmissionTests.test_each_second_makes_up_for_a_packet",
        ),
        row(
            "A stranger is not heard for `UNAUTHORIZED_CLIENT_TIMEOUT` seconds, exactly.",
            "test_responder.BlockTests.test_a_stranger_is_not_heard_for_a_while",
            "test_engine_abuse.BlockTests.test_a_block_ends",
            differs="it is heard at once when its source has heard of it",
        ),
        row(
            "The longest of several such times counts.",
            "test_engine_abuse.BlockTests.test_the_longer_block_stays",
        ),
        row(
            "A refused packet has the name of its type alone in the statistics, and was not processed.",
            "test_scripting_statistics.StatisticsTests.test_what_was_dropped_has_the_name_of_its_type",
        ),
    ),
)
_DISCOVER = Part(
    "What a DISCOVER gets",
    (
        row(
            "A known client: an OFFER of its address, whatever it wishes for.",
            f"{_D}.DiscoverTests.test_a_known_client_is_offered_its_address",
        ),
        row(
            "A known client with option 80, and rapid commit on: an ACK with an empty option 80; functions are told "
            "DISCOVER.",
            f"{_D}.DiscoverTests.test_with_rapid_commit_it_gets_an_ack_at_once_with_an_empty_option_80",
            differs="option 80 is there though the client's list leaves it out: RFC 4039 wants it",
        ),
        row(
            "The same with rapid commit off: an OFFER.",
            f"{_D}.DiscoverTests.test_without_rapid_commit_no_offer_has_option_80",
            differs="never with the client's option 80 (RFC 4039)",
        ),
        row(
            "A stranger: silence, and it is not heard for a while.",
            f"{_D}.DiscoverTests.test_a_stranger_meets_silence_and_is_not_heard_for_a_while",
        ),
        row(
            "A stranger where `AUTHORITATIVE` is on.",
            f"{_D}.DiscoverTests.test_a_stranger_meets_silence_and_is_not_heard_for_a_while",
            f"{_D}.DiscoverTests.test_a_stranger_is_refused_where_an_authoritative_site_wants_that_back",
            differs=f"{_SILENT}; `LEGACY_NAK_UNKNOWN_DISCOVER` brings the NAK back",
        ),
    ),
)
_STATES = Part(
    "Which state a REQUEST tells of",
    (
        row(
            "Server identifier, no ciaddr: SELECTING, with or without a requested address.",
            f"{_D}.StateTests.test_a_server_identifier_without_ciaddr_selects",
        ),
        row(
            "Requested address alone: INIT-REBOOT.",
            f"{_D}.StateTests.test_a_wish_without_both_reboots",
        ),
        row(
            "ciaddr alone: RENEW or REBIND. An address of 0.0.0.0 is none.",
            f"{_D}.StateTests.test_ciaddr_alone_renews_if_it_was_sent_to_the_server_itself_and_rebinds_if_broadcast_or"
            "_relayed",
            differs="told apart by where it was sent to, not where it came from (RFC 2131 section 4.3.2): what comes "
            "through an agent rebinds",
        ),
        row(
            "Anything else: silence; no function of the site's is called; statistics say REQUEST.",
            f"{_D}.StateTests.test_anything_else_is_discarded_and_no_function_of_the_sites_is_called",
            f"{_D}.StateTests.test_a_wish_that_repeats_ciaddr_renews_all_the_same",
            differs="a requested address that repeats ciaddr is harmless, and renews",
        ),
    ),
)
_SELECTING = Part(
    "What a REQUEST of a client that selects gets",
    (
        row(
            "To another server: silence, before any function is called.",
            f"{_D}.SelectingTests.test_another_servers_is_discarded_before_any_function_is_called",
            "test_scripting_statistics.StatisticsTests.test_what_was_dropped_has_the_name_of_its_type",
            differs="statistics say REQUEST, as of all that is refused",
        ),
        row(
            "For the reserved address, or none: an ACK.",
            f"{_D}.SelectingTests.test_the_reserved_address_or_none_is_acknowledged",
        ),
        row(
            "For another address, or by a stranger: a NAK, authoritative or not.",
            f"{_D}.SelectingTests.test_another_address_and_a_stranger_are_refused_authoritative_or_not",
        ),
    ),
)
_REBOOT = Part(
    "What a REQUEST after a reboot gets",
    (
        row(
            "For the reserved address: an ACK. For another: a NAK.",
            f"{_D}.RebootTests.test_the_reserved_address_is_acknowledged_and_another_refused",
        ),
        row(
            "Of a stranger.",
            f"{_D}.RebootTests.test_a_stranger_meets_silence_unless_the_site_is_authoritative_or_wants_the_refusal_back",
            f"{_S}.RebootTests.test_I04",
            differs="silence unless `AUTHORITATIVE` (RFC 2131 section 4.3.2: another server may know it); "
            "`LEGACY_NAK_UNKNOWN_REBOOT` brings the NAK back",
        ),
    ),
)
_RENEWAL = Part(
    "What a renewal gets",
    (
        row(
            "With `NAK_RENEWALS`, one that renews: a NAK, without a lookup.",
            f"{_D}.RenewalTests.test_renewals_that_a_site_refuses_are_refused_without_a_look_at_the_client",
        ),
        row(
            "With `NAK_RENEWALS`, one that rebinds: a NAK only with `AUTHORITATIVE`, else as without.",
            f"{_D}.RenewalTests.test_rebinding_is_refused_in_that_way_only_where_the_site_is_authoritative",
        ),
        row(
            "Of the reserved address, renewing or rebinding: an ACK with yiaddr and ciaddr, to ciaddr.",
            f"{_D}.RenewalTests.test_the_own_address_is_acknowledged_at_ciaddr",
        ),
        row(
            "The same through a relay agent.",
            f"{_D}.RenewalTests.test_through_a_relay_agent_the_answer_goes_to_the_agent",
            differs="to the agent's port 67 (RFC 2131 section 4.1), not to ciaddr's",
        ),
        row(
            "Of another address, renewing: a NAK.",
            f"{_D}.RenewalTests.test_another_address_is_refused_to_everybody_on_the_link",
            differs="broadcast where there is no agent (RFC 2131 section 4.1)",
        ),
        row(
            "Of another address, rebinding.",
            f"{_D}.RenewalTests.test_a_rebinding_client_with_another_address_is_refused_too",
            differs="a NAK, as the server knows that the address is wrong (RFC 2131 section 4.3.2); it was silence",
        ),
        row(
            "Of a stranger: silence, or with `AUTHORITATIVE` a NAK.",
            f"{_D}.RenewalTests.test_a_stranger_meets_silence_and_a_refusal_where_the_site_is_authoritative",
            differs="rebinding too; it was silence there whatever the site said",
        ),
    ),
)
_INFORM = Part(
    "What an INFORM gets",
    (
        row(
            "A known client, whatever its ciaddr: an ACK without yiaddr.",
            f"{_D}.InformTests.test_a_known_client_gets_what_it_asks_for_but_no_address_and_no_times",
            differs="to ciaddr, and without a lease time even if the client sent one (RFC 2131 section 4.3.5)",
        ),
        row(
            "Without ciaddr: silence.",
            f"{_D}.InformTests.test_one_that_tells_no_address_is_nobodys_fault",
            f"{_S}.InformTests.test_F05",
            differs="the client is heard on; through an agent it is answered, since giaddr tells its subnet",
        ),
        row(
            "A stranger: silence.",
            f"{_D}.InformTests.test_a_stranger_meets_silence_and_is_heard_again_at_once",
            f"{_S}.InformTests.test_F06",
            differs="it is heard on; where its subnet is served it gets the subnet's options (RFC 2131 section 4.3.5)",
        ),
        row(
            "A stranger with `LEGACY_BLOCK_UNKNOWN_INFORM`: silence, and it is not heard for a while.",
            f"{_D}.InformTests.test_a_stranger_is_not_heard_for_a_while_where_the_site_wants_that_back",
            f"{_D}.InformTests.test_that_holds_in_subnets_that_are_served_too",
        ),
    ),
)
_RELEASE = Part(
    "What a RELEASE does",
    (
        row(
            "Without a server identifier: nothing, and no function is called.",
            f"{_D}.ReleaseTests.test_without_a_server_identifier_it_counts_for_nothing",
            differs="the client is heard on, since it can do little about it; `LEGACY_BLOCK_INCOMPLETE` blocks it",
        ),
        row(
            "To another server: nothing, before any function is called.",
            f"{_D}.ReleaseTests.test_another_servers_is_discarded_before_any_function_is_called",
        ),
        row(
            "Of the holder: it is told and counts as processed. Of anyone else it does not.",
            f"{_D}.ReleaseTests.test_the_holders_is_accepted_and_nobody_elses",
        ),
        row("Nothing is stored.", f"{_D}.ReleaseTests.test_nothing_is_stored"),
        row(
            "handleUnknownMAC is called with RELEASE, by which a site's pools hear of it.",
            f"{_D}.ReleaseTests.test_the_holders_is_accepted_and_nobody_elses",
            "test_compat_conf.OfficeTests.test_an_address_that_was_given_back_or_declined_is_for_another_guest",
        ),
    ),
)
_DECLINE = Part(
    "What a DECLINE does",
    (
        row(
            "Without an address or a server identifier: nothing, and no function is called.",
            f"{_D}.DeclineTests.test_without_a_server_identifier_or_an_address_it_counts_for_nothing",
            differs="the client is heard on; `LEGACY_BLOCK_INCOMPLETE` blocks it",
        ),
        row(
            "To another server: nothing, before any function is called.",
            f"{_D}.DeclineTests.test_another_servers_is_discarded_before_any_function_is_called",
        ),
        row(
            "Of the holder: an error that names client, address, subnet and serial; it counts as processed.",
            f"{_D}.DeclineTests.test_the_holders_is_told_with_address_and_subnet",
        ),
        row(
            "Of another address, or by a stranger: it does not count.",
            f"{_D}.DeclineTests.test_of_another_address_and_a_strangers_count_for_nothing",
        ),
    ),
)
_LEASEQUERY = Part(
    "What a lease query gets",
    (
        row(
            "Silence. filterPacket sees it, nothing else does.",
            f"{_D}.LeaseQueryTests.test_the_filter_sees_it_and_nobody_else",
        ),
    ),
)
_T = "test_compat_log_levels.LevelTests"
_LOG = Part(
    "At which level the log tells of it",
    (
        row(
            "What was answered: INFO, with client, answer and address.",
            f"{_T}.test_what_was_answered_is_info_with_client_answer_and_address",
            differs="one line for each exchange, when it is over",
        ),
        row(
            "A client that is not heard any longer, and one that asks too often: WARNING with the seconds.",
            f"{_T}.test_a_client_that_is_not_heard_any_longer_is_a_warning",
            f"{_T}.test_one_that_asks_too_often_is_a_warning",
        ),
        row(
            "What policy refuses: WARNING with the agent.",
            f"{_T}.test_what_policy_refuses_is_a_warning_that_names_the_agent",
            f"{_T}.test_a_hundred_of_these_are_one_and_a_count",
            differs="what comes again is a count a minute",
        ),
        row(
            "A DECLINE of the holder: ERROR with client, address and subnet.",
            f"{_T}.test_a_decline_of_the_holder_is_an_error_with_address_and_subnet",
        ),
        row(
            "A DECLINE or RELEASE of another address, a REQUEST without a meaning.",
            f"{_T}.test_what_counts_for_nothing_is_told_with_its_reason",
            differs="INFO, with the reason; there WARNING, which any client could fill a log with",
        ),
        row(
            "What a filter discards, or is for another server: nothing above INFO.",
            f"{_T}.test_what_is_discarded_by_a_filter_is_no_more_than_its_line",
            f"{_T}.test_a_client_that_has_chosen_another_server_is_debug_alone",
        ),
        row(
            "What loadDHCPPacket keeps back: INFO.",
            f"{_T}.test_a_reply_that_load_dhcp_packet_keeps_back_is_info",
        ),
        row(
            "What a function raises: CRITICAL with the traceback.",
            f"{_T}.test_what_a_function_raises_is_critical_with_its_traceback",
        ),
    ),
)
PARTS = (_ADMISSION, _DISCOVER, _STATES, _SELECTING, _REBOOT, _RENEWAL, _INFORM, _RELEASE, _DECLINE, _LEASEQUERY, _LOG)
