"""Further modules that files import, statistics, and staticDHCPd's own extension files."""

from .row import Part, row

_R = "test_scripting_rfc"
_K = "test_scripting_constants"
_D = "test_compat_dhcpserver"
_T = "test_scripting_statistics.StatisticsTests"
_E = "test_compat_extensions"
_X = "test_compat_extension_databases"
_POOL = "test_compat_pools.DynamismTests"
_REDIS_POOL = "test_compat_pools.RedisDynamicTests"

_RFC = Part(
    "Objects of RFCs",
    (
        row(
            "They are their octets, are compared by these, and are no keys.",
            f"{_R}.ObjectTests.test_is_its_octets",
            f"{_R}.ObjectTests.test_is_compared_with_another_and_with_a_list",
            f"{_R}.ObjectTests.test_cannot_be_a_key",
        ),
        row(
            "`rfc1035_plus`, `rfc3397_119`, `rfc4280_88`, `rfc5223_137`: names with commas between.",
            f"{_R}.NamesTests.test_names_are_labels_one_after_the_other",
            f"{_R}.NamesTests.test_the_server_for_emergencies_has_one_name",
            f"{_R}.NamesTests.test_names_beyond_ascii_are_written_as_hosts_are_asked_for_them",
            differs="what is no name is ValueError; 137 is one name (RFC 5223)",
        ),
        row(
            "`rfc2610_78(mandatory, addresses)`.",
            f"{_R}.ServerTests.test_directory_agents",
            differs="the guide's form with addresses alone too",
        ),
        row("`rfc2610_79(mandatory, text)`.", f"{_R}.ServerTests.test_service_scope", differs="there TypeError always"),
        row(
            "`rfc3361_120`: addresses or names; both are ValueError.",
            f"{_R}.ServerTests.test_sip_servers_have_addresses_or_names",
        ),
        row(
            "`rfc3442_121`: ((network, prefix), router); a prefix beyond 32 is ValueError.",
            f"{_R}.RouteTests.test_routes_have_their_significant_octets",
            f"{_R}.RouteTests.test_what_are_no_routes",
        ),
        row(
            "`rfc3925_124`, `rfc3925_125`: dicts by enterprise.",
            f"{_R}.EnterpriseTests.test_octets_by_enterprise",
            f"{_R}.EnterpriseTests.test_suboptions_by_enterprise",
            differs="the guide's pairs too; there no packet with one could be sent",
        ),
        row(
            "`rfc4174_83`: three numbers of 16 bits, one of 32, addresses.",
            f"{_R}.ServerTests.test_storage_name_servers",
        ),
        row(
            "`rfc5678_139`, `rfc5678_140`: pairs of sub-option, and addresses or names.",
            f"{_R}.ServerTests.test_mobility_servers_are_suboptions_with_a_length",
            differs="one by one too, as in the guide, and with the length that RFC 5678 wants",
        ),
        row(
            "`rfc3046_decode`, `rfc3925_decode`, `rfc3925_125_decode` give dicts.",
            f"{_R}.DecoderTests.test_relay_agents_suboptions_by_number",
            f"{_R}.DecoderTests.test_decoding_leaves_its_argument_as_it_is",
            differs="and leave what they are given as it is",
        ),
    ),
)
_CONSTANTS = Part(
    "Tables of libpydhcpserver",
    (
        row(
            "130 options by name and by number.",
            f"{_K}.OptionTableTests.test_names_and_codes_are_those_of_the_wire_format",
        ),
        row(
            "A type for each number from 0 to 255.",
            f"{_K}.OptionTableTests.test_every_number_from_0_to_255_has_a_type",
            f"{_K}.OptionTableTests.test_types_of_some_options",
        ),
        row("Fields of the header with place and size.", f"{_K}.OtherTableTests.test_fields_of_the_header"),
        row("Sizes by type.", f"{_K}.OtherTableTests.test_sizes_by_type"),
        row("Names of messages.", f"{_K}.OtherTableTests.test_names_of_messages"),
        row(
            "`getifaddrslib` finds an interface by its address, and its hardware address.",
            "test_compat_libpydhcpserver.InterfaceTests.test_an_interface_is_found_by_its_address",
            "test_compat_libpydhcpserver.InterfaceTests.test_an_interface_has_its_hardware_address_if_any",
        ),
    ),
)
_SERVER = Part(
    "DHCPServer of libpydhcpserver",
    (
        row(
            "Its methods for each kind of packet are called in threads of their own.",
            f"{_D}.ReceivingTests.test_every_kind_goes_to_its_own_method_in_a_thread_of_its_own",
            f"{_D}.ReceivingTests.test_what_no_method_is_there_for_is_received_all_the_same",
        ),
        row(
            "`_getNextDHCPPacket(timeout)` tells whether there was one, and from whom; None when nothing came.",
            f"{_D}.ReceivingTests.test_nothing_in_time_is_no_packet_and_no_address",
        ),
        row(
            "What is malformed.",
            f"{_D}.ReceivingTests.test_what_is_malformed_raises_nothing",
            differs="raises nothing; there IndexError came out",
        ),
        row(
            "`_sendDHCPPacket` gives the count of octets and the address.",
            f"{_D}.SendingTests.test_a_client_that_has_an_address_is_answered_there",
            f"{_D}.SendingTests.test_a_relay_agent_is_answered_at_its_address_whatever_the_request_came_from",
        ),
        row(
            "An address that no interface has is ValueError.",
            f"{_D}.MakingTests.test_an_address_that_no_interface_has_raises_value_error",
        ),
        row(
            "`IP_UNSPECIFIED_FILTER` holds what a client without an address speaks from.",
            f"{_D}.MakingTests.test_a_client_without_an_address_is_recognised",
        ),
    ),
)
_STATISTICS = Part(
    "Statistics",
    (
        row(
            "`Statistics(source_address, mac, ip, subnet, serial, method, processing_time, processed, port)`.",
            f"{_T}.test_an_exchange",
        ),
        row(
            "ip, subnet and serial are the definition's; of a client that is not known, the address that it has.",
            f"{_T}.test_a_stranger_is_told_by_the_address_that_it_has",
        ),
        row(
            "method is one of ten that extension files know.",
            f"{_T}.test_methods_are_those_that_extension_files_know",
        ),
        row(
            "processed is True for all that was answered or accepted, a NAK too.",
            f"{_T}.test_a_refusal_is_processed",
        ),
        row(
            "What is no DHCP has None for all of these, and port False.",
            f"{_T}.test_what_is_no_message_has_nothing",
        ),
        row(
            "A function that raises keeps the others from nothing.",
            "test_scripting_site_thread.FaultTests.test_each_function_is_told_of_once_a_minute_with_its_count_and_line",
        ),
        row("`emit` hands on what a site makes.", f"{_T}.test_what_a_site_emits_is_handed_on_as_it_is"),
    ),
)
_FILES = Part(
    "Extension files",
    (
        row(
            "recent_activity: the latest of each client, on the dashboard and a page of its own.",
            f"{_E}.RecentActivityTests.test_the_latest_of_each_client_the_newest_first",
            f"{_E}.RecentActivityTests.test_no_more_than_wanted_and_nothing_old",
            f"{_E}.RecentActivityTests.test_a_page_of_its_own",
        ),
        row(
            "statistics: graph, averages, sums, CSV and JSON.",
            f"{_E}.StatisticsTests.test_the_dashboard_has_graph_averages_and_sums",
            f"{_E}.StatisticsTests.test_whatever_the_server_does_with_a_packet_is_counted",
            f"{_E}.StatisticsTests.test_counts_as_csv_the_newest_first",
            f"{_E}.StatisticsTests.test_counts_as_json_the_oldest_first",
            "test_traffic_extension.BothTests.test_csv_and_json_are_the_same_as_those_of_the_extension",
            differs="the server has the same at the same paths without the file",
        ),
        row(
            "feedservice: records of the log.",
            f"{_E}.FeedTests.test_what_was_logged_is_in_the_feed",
            f"{_E}.FeedTests.test_a_record_that_is_not_there",
            f"{_E}.FeedTests.test_pages_are_told_where_the_feed_is",
            "test_reports.StatisticsTests.test_every_page_is_at_a_path_of_ours_and_at_the_old_one",
            differs="the server has the same at the same paths without the file, and the feed can be read",
        ),
        row(
            "httpdb: clients of a web service.",
            f"{_X}.HttpContractTests.test_02_knows_each_client_in_full",
            f"{_X}.HttpTests.test_a_list_is_several_definitions",
            "netns.test_compat_site.HttpTests.test_a_client_of_a_web_service",
        ),
        row(
            "redis_static: clients in Redis, their own values before their subnet's.",
            f"{_X}.RedisContractTests.test_02_knows_each_client_in_full",
            f"{_X}.RedisTests.test_a_clients_own_values_go_before_those_of_its_subnet",
            "netns.test_compat_site.RedisTests.test_a_client_of_redis",
        ),
        row(
            "redis_dynamic: a pool that servers share.",
            f"{_REDIS_POOL}.test_servers_share_a_pool",
            f"{_REDIS_POOL}.test_leases_that_are_there_are_honoured",
            "netns.test_compat_site.RedisTests.test_leases_of_a_pool_in_redis_outlive_the_server",
        ),
        row(
            "dynamism: a pool in memory.",
            f"{_POOL}.test_a_client_keeps_its_address",
            f"{_POOL}.test_clients_are_to_renew_late",
            f"{_POOL}.test_addresses_are_added_once",
            f"{_POOL}.test_leases_are_shown",
            differs="with several addresses, and its CSV: there addresses had no order",
        ),
        row(
            "A whole folder of a site, with six of them, in a running server.",
            "netns.test_compat_site.OfficeTests.test_a_known_client_and_a_guest_get_their_addresses",
            "netns.test_compat_site.OfficeTests.test_ticks_statistics_and_reinitialisation",
            "test_compat_conf.OfficeTests.test_the_dashboard_is_one_page_with_all_that_was_registered",
        ),
    ),
    "The files that are tried (`tests/compat/etc`) were written anew, with the parameters, calls and pages of those\n"
    "that come with staticDHCPd.",
)
PARTS = (_RFC, _CONSTANTS, _SERVER, _STATISTICS, _FILES)
