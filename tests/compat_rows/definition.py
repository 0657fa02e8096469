"""Definitions."""

from .row import Part, row

_F = "test_compat_definition.FieldTests"
_L = "test_compat_definition.AddressListTests"
_O = "test_compat_definition.ObjectTests"

PARTS = (
    Part(
        "Definition",
        (
            row(
                "It is `staticdhcpdlib.databases.generic.Definition`.",
                f"{_F}.test_it_is_where_staticdhcpd_has_it",
                "test_compat_databases.ModuleTests.test_one_class_whoever_imports_it",
            ),
            row(
                "`Definition(ip, lease_time, subnet, serial, hostname, gateways, subnet_mask, broadcast_address, "
                "domain_name, domain_name_servers, ntp_servers, extra)`, by place and by name.",
                f"{_F}.test_fields_stand_in_their_order",
            ),
            row("All but the first four may be left out, and are None.", f"{_F}.test_all_but_four_may_be_left_out"),
            row("ip: an IPv4 as it is, all else by way of one.", f"{_F}.test_ip_is_an_address_in_any_form"),
            row(
                "ip: none, or 0.0.0.0, is ValueError.",
                f"{_F}.test_without_an_address_there_is_no_definition",
            ),
            row(
                "lease_time and serial: whole numbers, also as text; `1.5` as text is ValueError, None TypeError.",
                f"{_F}.test_lease_time_and_serial_are_whole_numbers",
            ),
            row("subnet: text, whatever was given.", f"{_F}.test_subnet_is_text"),
            row(
                "hostname and domain_name: text, or as they were where there is nothing in them.",
                f"{_F}.test_names_are_text_or_as_they_were_if_there_is_nothing_in_them",
            ),
            row(
                "subnet_mask and broadcast_address: an IPv4, or None for nothing.",
                f"{_F}.test_mask_and_broadcast_address_are_addresses_or_none",
            ),
            row(
                "gateways: a list of IPv4, as many as there are.",
                f"{_L}.test_servers_are_three_at_most_and_gateways_as_many_as_there_are",
            ),
            row(
                "domain_name_servers and ntp_servers: three of them at most.",
                f"{_L}.test_servers_are_three_at_most_and_gateways_as_many_as_there_are",
                differs="in definitions that code makes, as there; a store's rows give all",
            ),
            row("extra: as it was given.", f"{_F}.test_extra_is_stored_untouched"),
            row("Addresses: text is cut at commas, with spaces or without.", f"{_L}.test_text_is_cut_at_commas"),
            row(
                "Addresses: empty pieces of text.",
                f"{_L}.test_empty_pieces_are_no_addresses",
                differs="are none; there they were None in the list",
            ),
            row(
                "Addresses: lists, tuples, sets and generators of text, numbers, IPv4 or four octets.",
                f"{_L}.test_collections_of_addresses_in_any_form",
            ),
            row("Addresses: an IPv4 alone is a list of one.", f"{_L}.test_an_address_alone_is_one"),
            row(
                "Addresses: octets in a row, as a list or bytes.",
                f"{_L}.test_octets_are_addresses_one_after_the_other",
                differs="are addresses, as was meant; there NameError",
            ),
            row("Addresses: nothing is None.", f"{_L}.test_nothing_is_none"),
            row("Addresses: a number alone is TypeError.", f"{_L}.test_a_number_alone_is_no_list"),
            row("Addresses: what is none is ValueError.", f"{_L}.test_what_is_no_address_is_told"),
            row("Its fields may be changed, and others added.", f"{_O}.test_fields_may_be_changed_and_others_added"),
            row("It is true, and equal to itself alone.", f"{_O}.test_each_is_itself_alone_and_true"),
            row("It may be inherited from.", f"{_O}.test_it_may_be_inherited_from"),
        ),
    ),
    Part(
        "Databases of a site's own",
        (
            row(
                "`Database`: `lookupMAC(mac)` gives a Definition, nothing, or several; `reinitialise()` does nothing.",
                "test_compat_databases.DatabaseTests.test_several_definitions",
                "test_compat_databases.DatabaseTests.test_a_database_without_the_method_is_told",
            ),
            row(
                "It is called in threads, several at a time, and told when sources are read anew.",
                "test_compat_databases.DatabaseTests.test_it_is_called_in_a_thread_and_reinitialised_when_sources_are_"
                "read_anew",
                differs="up to a bound",
            ),
            row(
                "`CachingDatabase(concurrency_limit)`: that many at a time.",
                "test_compat_databases.DatabaseTests.test_as_many_threads_as_the_database_allows",
            ),
            row("`Null` knows nobody.", "test_compat_databases.DatabaseTests.test_nobody"),
            row(
                "What it raises costs the packet.",
                "test_compat_databases.DatabaseTests.test_what_a_database_raises_is_told_with_its_line",
                differs="a client that had an answer before keeps it",
            ),
            row(
                "A class that only has `lookupMAC` will do.",
                "test_compat_databases.DatabaseTests.test_a_class_of_another_kind_with_the_method",
            ),
            row(
                "Classes of `databases._sql` can be inherited from: `_module`, `_connection_details`, `_query_mac`, "
                "`_getConnection`.",
                "test_scripting_databases.SiteClassTests.test_a_question_of_its_own",
                "test_scripting_databases.SiteClassTests.test_a_connection_that_cannot_be_closed_costs_no_answer",
            ),
        ),
    ),
)
