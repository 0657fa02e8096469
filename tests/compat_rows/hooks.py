"""Functions of conf.py that take part in answering."""

from .row import Part, Row, row

_F = "test_compat_hooks.FlowTests"
_G = "test_compat_hooks.ArgumentTests"
_A = "test_compat_hooks.AnswerTests"
_O = "test_compat_hooks.OldFormTests"
_S = "test_scripted.ArgumentTests"
_SA = "test_scripted.AnswerTests"
_SF = "test_scripted.FailureTests"
_R = "test_hooks_running"


def _flow(name: str, address: str, shown: str, more: str = "") -> Row:
    tests = [
        f"{_F}.test_of_a_client_that_the_source_knows",
        f"{_F}.test_of_one_that_handle_unknown_mac_knows",
        f"{_F}.test_of_one_that_nobody_knows",
        f"{_F}.test_of_one_with_several_definitions",
    ]
    return row(
        f"{name}: filterPacket, the source, handleUnknownMAC if it has nothing, filterRetrievedDefinitions if it has "
        f"several{shown}. `client_ip` is {address}.{more}",
        *tests,
    )


_SHOWN = ", loadDHCPPacket if the answer is positive"
_FLOWS = Part(
    "Functions of conf.py: in which order, with which address",
    (
        _flow("DISCOVER", "None, though the client wishes for an address", _SHOWN),
        _flow("REQUEST:SELECTING", "the address that it asks for, None without one", _SHOWN),
        _flow("REQUEST:INIT-REBOOT", "the address that it asks for", _SHOWN),
        _flow("REQUEST:RENEW", "None", _SHOWN),
        _flow("REQUEST:REBIND", "None", _SHOWN),
        _flow("INFORM", "ciaddr", _SHOWN),
        _flow("RELEASE", "ciaddr", "", " loadDHCPPacket is not called."),
        _flow("DECLINE", "the address that it declines", "", " loadDHCPPacket is not called."),
        row(
            "LEASEQUERY: filterPacket alone, with the address that is asked about.",
            f"{_F}.test_a_lease_query_reaches_the_filter_alone",
        ),
        row(
            "A renewal that `NAK_RENEWALS` refuses: filterPacket alone; the source is not asked.",
            f"{_F}.test_a_renewal_that_is_refused_on_principle_asks_nobody",
        ),
        row("NAKs of the server's are not shown to loadDHCPPacket.", f"{_F}.test_refusals_are_shown_to_nobody"),
        row(
            "REQUESTs without a meaning reach no function.",
            f"{_S}.test_a_request_that_says_nothing_clear_meets_no_filter",
            "test_compat_decisions.StateTests.test_anything_else_is_discarded_and_no_function_of_the_sites_is_called",
        ),
    ),
)
_CALLS = Part(
    "Functions of conf.py: what they are called with",
    (
        row(
            "`init()` is called once, without arguments, before the database is made.",
            f"{_R}.InitTests.test_it_runs_before_the_sites_own_database_is_made",
        ),
        row(
            "What `init()` raises ends the start.",
            f"{_R}.InitTests.test_what_it_raises_ends_the_start_with_its_line",
            differs="with status 1, where it was 0",
        ),
        row(
            "They are those that conf.py has when it has been executed: replacing one in it later changes nothing.",
            "test_compat_names.ConstantTests.test_a_function_that_conf_replaces_later_is_not_called",
            differs="those of the older forms too",
        ),
        row(
            "`filterPacket(packet, method, mac, client_ip, relay_ip, port)`, by place.",
            f"{_S}.test_every_flow_tells_its_method_and_address_to_the_filter",
        ),
        row(
            "`handleUnknownMAC(packet, method, mac, client_ip, relay_ip, port)`, by place.",
            f"{_S}.test_who_is_looked_up_in_vain_is_told_to_handle_unknown_mac",
        ),
        row(
            "`filterRetrievedDefinitions(definitions, packet, method, mac, client_ip, relay_ip, port)`, by place; the "
            "definitions have a length.",
            f"{_S}.test_several_definitions_go_to_the_chooser",
        ),
        row(
            "`loadDHCPPacket(packet, method, mac, definition, relay_ip, port, source_packet)`, by place.",
            f"{_S}.test_positive_replies_alone_are_edited",
        ),
        row(
            "packet is a DHCPPacket, method text, mac a MAC, client_ip and relay_ip an IPv4 or None, port a number, "
            "definition a Definition.",
            f"{_G}.test_their_types",
            f"{_G}.test_without_a_relay_agent_there_is_no_relay_ip",
        ),
        row(
            "port is the one that the packet came in on, `PROXY_PORT` too.",
            f"{_G}.test_the_port_is_the_one_that_the_packet_came_in_on",
        ),
        row(
            "One packet goes through all functions, and becomes the reply; what is put into it stays, `meta` too.",
            f"{_G}.test_all_see_one_packet",
            f"{_S}.test_one_packet_goes_through_all_functions_and_keeps_what_is_put_into_it",
        ),
        row(
            "source_packet is what the client sent, as it was before filterPacket, with a `meta` of its own.",
            f"{_G}.test_the_source_packet_is_what_the_client_sent",
            differs="lists are not shared between the two: changing one in place changes that packet alone",
        ),
        row(
            "Methods are DECLINE, DISCOVER, INFORM, LEASEQUERY, RELEASE, REQUEST:INIT-REBOOT, REQUEST:REBIND, "
            "REQUEST:RENEW, REQUEST:SELECTING.",
            f"{_F}.test_of_a_client_that_the_source_knows",
            "test_compat_modules.NameTests.test_methods_of_packets",
            differs="and BOOTP, for clients that speak that",
        ),
        row(
            "Functions may take their time.",
            f"{_SA}.test_handle_unknown_mac_is_called_in_a_thread",
            f"{_SF}.test_who_holds_up_the_clients_for_long_is_called_in_threads_from_then_on",
            f"{_R}.LogTests.test_code_that_waits_in_a_thread_keeps_nobody_else_waiting",
            differs="handleUnknownMAC in threads; the others on the thread that answers, unless under `@threaded` or "
            "slower than a second",
        ),
    ),
)
_ANSWERS = Part(
    "Functions of conf.py: what their answers do",
    (
        row(
            "filterPacket, false and not None: the packet is dropped, and the client heard on.",
            f"{_F}.test_a_filter_has_its_say_in_every_flow",
            f"{_SA}.test_a_filter_that_says_false_leaves_the_packet_alone",
        ),
        row(
            "filterPacket, None: the client is not heard for `UNAUTHORIZED_CLIENT_TIMEOUT` seconds.",
            f"{_F}.test_a_filter_has_its_say_in_every_flow",
            f"{_SA}.test_a_filter_that_says_none_leaves_the_client_alone_for_a_while",
        ),
        row("filterPacket, true: on it goes.", f"{_A}.test_any_true_answer_sends_the_reply"),
        row(
            "handleUnknownMAC is called where the source has nothing, or an empty list.",
            f"{_A}.test_a_source_that_says_nothing_leaves_it_to_handle_unknown_mac",
            f"{_A}.test_the_source_goes_before_handle_unknown_mac",
        ),
        row(
            "handleUnknownMAC, a Definition: it is used.",
            f"{_SA}.test_a_stranger_gets_what_handle_unknown_mac_gives",
        ),
        row(
            "handleUnknownMAC, None or empty: the client is a stranger.",
            f"{_A}.test_nothing_from_handle_unknown_mac_is_a_stranger",
        ),
        row(
            "handleUnknownMAC, several, or one in a list: filterRetrievedDefinitions is asked.",
            f"{_A}.test_several_of_one_go_to_the_chooser_too",
            f"{_S}.test_several_from_handle_unknown_mac_go_to_the_chooser_too",
        ),
        row(
            "filterRetrievedDefinitions, a Definition: it is used, whatever it is.",
            f"{_A}.test_what_the_chooser_says_is_used_though_it_be_another",
        ),
        row(
            "filterRetrievedDefinitions, None: the client is a stranger.",
            f"{_A}.test_what_the_chooser_says_is_used_though_it_be_another",
            f"{_S}.test_a_chooser_that_chooses_none_leaves_the_client_unknown",
        ),
        row(
            "Several definitions without filterRetrievedDefinitions.",
            f"{_A}.test_without_a_chooser_the_one_of_the_clients_link_is_used",
            "test_conformance_states.SeveralDefinitionsTests.test_the_one_that_belongs_on_the_link_is_used",
            differs="the one that belongs on the client's link is used; there ValueError cost the reply",
        ),
        row(
            "loadDHCPPacket, false or None: the reply is not sent.",
            f"{_SA}.test_what_is_not_true_keeps_a_reply_back",
        ),
        row("loadDHCPPacket, true: it is sent.", f"{_A}.test_any_true_answer_sends_the_reply"),
        row(
            "loadDHCPPacket may turn the reply into another; whatever it is is sent.",
            f"{_A}.test_a_reply_may_be_turned_into_any_other",
            f"{_SA}.test_a_reply_may_be_turned_into_a_refusal",
        ),
        row(
            "Option 54 is the server's, whatever a function has set.",
            f"{_SA}.test_the_server_identifier_is_the_servers_whatever_a_script_says",
        ),
        row(
            "`response_ip` and `response_port` say where the reply goes, set by any function; the address counts where "
            "the client has not asked for a broadcast.",
            f"{_A}.test_where_a_reply_goes_is_what_the_first_function_said",
        ),
        row(
            "`response_mac` and `response_source_port` say what a frame has; a broadcast goes to all.",
            f"{_A}.test_where_a_frame_goes_and_comes_from",
        ),
        row(
            "What any of them raises costs its own reply: CRITICAL in the log with the traceback; it "
            "was not processed.",
            f"{_A}.test_what_raises_was_not_processed",
            f"{_SF}.test_what_raises_costs_its_own_reply_and_is_told_with_its_line",
            f"{_R}.LogTests.test_what_raises_is_told_once_with_its_traceback_and_others_are_served",
            differs="told once a minute with its count, not for each packet",
        ),
    ),
)
_OLD = Part(
    "Functions of conf.py in their older forms",
    (
        row(
            "`handleUnknownMAC(mac)` is told by the name of its argument; all others are taken as they are now.",
            f"{_O}.test_is_told_by_the_names_of_the_arguments_alone",
        ),
        row(
            "Ten values are a definition without gateways; None is nobody.",
            f"{_O}.test_the_ten_values_may_stand_in_any_row",
            f"{_S}.test_old_handle_unknown_mac_gives_ten_values",
        ),
        row(
            "`loadDHCPPacket(packet, mac, client_ip, relay_ip, subnet, serial, pxe, vendor)` is told by these names.",
            f"{_O}.test_of_load_dhcp_packet_too",
        ),
        row(
            "mac, client_ip, relay_ip, subnet and serial are the client's and its definition's.",
            f"{_S}.test_old_load_dhcp_packet_gets_eight_values",
        ),
        row(
            "pxe is None but for packets on `PROXY_PORT`: then options 93, 94 and 97.",
            f"{_S}.test_old_load_dhcp_packet_is_told_of_pxe_on_its_port",
        ),
        row(
            "vendor is options 43, 60, 124 and 125, each None if it is not there.",
            f"{_S}.test_old_load_dhcp_packet_gets_eight_values",
            "test_scripting_packet.OptionTests.test_what_clients_tell_of_themselves_comes_in_the_forms_of_older_scripts",
            differs="124 and 125 are read; there they raised",
        ),
        row(
            "A whole conf.py of version 1 runs.",
            "test_compat_conf.OldTests.test_a_known_client",
            "test_compat_conf.OldTests.test_ten_values_are_a_guest",
        ),
    ),
)
PARTS = (_FLOWS, _CALLS, _ANSWERS, _OLD)
