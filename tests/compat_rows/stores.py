"""Files, databases and caches that a site has."""

from .row import Part, row

_I = "test_backends_ini.IniTests"
_IC = "test_backends_ini.ContractTests"
_P = "test_sql_rows.PostgresqlRowTests"
_M = "test_sql_rows.MariadbRowTests"
_S = "test_backends_sqlite.RowTests"
_C = "test_scripting_caches"
_FAULTY = "a fault of one file keeps what was served"

_INI = Part(
    "The INI file",
    (
        row(
            "Comments with `#` and `;`, `=` and `:`, values that go on in the next line.",
            f"{_I}.test_comments_marks_and_line_ends",
            f"{_I}.test_a_value_goes_on_where_the_indent_is_deeper",
            f"{_IC}.test_02_knows_each_client_in_full",
        ),
        row("`[DEFAULT]` counts for all.", f"{_I}.test_defaults_for_all"),
        row(
            "A section whose name ends in `|` and digits is a subnet; two serials are two subnets.",
            f"{_IC}.test_12_two_serials_of_a_subnet_are_two_subnets",
            f"{_IC}.test_02_knows_each_client_in_full",
        ),
        row(
            "Any other whose name is a hardware address, in any spelling, is a client.",
            f"{_I}.test_addresses_of_hardware_in_every_spelling",
        ),
        row(
            "One that is neither is a warning, and left out.",
            f"{_I}.test_a_section_that_is_neither_is_named_and_left_out",
        ),
        row(
            "A client of a subnet that is not there, or without what it needs, is a fault.",
            f"{_I}.test_a_reload_that_fails_says_where_and_keeps_what_was",
            f"{_IC}.test_17_an_entry_that_is_not_in_order_costs_its_own_client_alone",
            differs=f"named with its line; {_FAULTY}, where the server ended",
        ),
        row(
            "`maps.NAME` and `subnets.NAME` are in `extra`.",
            f"{_I}.test_the_sites_own_fields_and_options",
            differs="as the guide says; there they ended the start",
        ),
        row("Reading anew reads all of it.", f"{_I}.test_a_reload_swaps_the_whole_file"),
    ),
)
_SQL = Part(
    "Databases",
    (
        row(
            "Tables as staticDHCPd's own scripts make them.",
            f"{_P}.test_tables_as_staticdhcpd_has_them",
            f"{_M}.test_tables_as_staticdhcpd_has_them",
            "test_compat_conf.OldTests.test_a_known_client",
        ),
        row(
            "Lists of addresses are text with commas, with spaces or without.",
            "test_backends_postgresql.ContractTests.test_07_lists_of_addresses_however_they_are_spaced",
            "test_backends_mysql.ContractTests.test_07_lists_of_addresses_however_they_are_spaced",
            "test_backends_sqlite.ContractTests.test_07_lists_of_addresses_however_they_are_spaced",
        ),
        row(
            "Hardware addresses are asked for in lower case with colons.",
            f"{_P}.test_hardware_addresses_in_any_case",
            f"{_S}.test_hardware_addresses_in_any_case",
            "test_backends_oracle.OracleTests.test_any_case",
        ),
        row(
            "Further columns are in `extra` as `maps.NAME` and `subnets.NAME`; None without any.",
            f"{_P}.test_columns_of_the_sites_own",
            "test_scripting_databases.SqliteTests.test_letters_count_and_nothing_is_extra_unless_conf_says_so",
        ),
        row(
            "One row counts.",
            f"{_P}.test_several_reservations_of_one_client",
            f"{_S}.test_several_definitions_for_one_client",
            differs="several rows are several definitions, of which the one of the client's link counts",
        ),
        row("Views will do.", f"{_P}.test_a_view_that_fails_for_one_client"),
        row(
            "A change counts at the next packet, unless answers are kept.",
            "test_backends_postgresql.ContractTests.test_08_a_changed_address_counts",
            "test_backends_mysql.ContractTests.test_08_a_changed_address_counts",
            "test_backends_sqlite.ContractTests.test_08_a_changed_address_counts",
        ),
        row(
            "What a database raises costs the packet.",
            "test_responder.SourceTests.test_a_source_that_fails_is_told_once_and_met_with_silence",
            "test_sql_outages.PostgresqlOutageTests.test_known_clients_are_served_while_the_server_is_stopped",
            differs="known clients get what they had",
        ),
    ),
)
_CACHES = Part(
    "Caches",
    (
        row(
            "What nobody knows is not kept.",
            f"{_C}.MemoryTests.test_nothing_is_kept_of_what_is_not_known",
            "test_backends_cached.AgeTests.test_a_strangers_for_another",
            differs="in front of the server's own sources for `CACHE_NEGATIVE_AGE`",
        ),
        row(
            "What is kept counts until sources are read anew.",
            f"{_C}.MemoryTests.test_everything_is_forgotten_when_it_is_read_anew",
            "test_backends_cached.AgeTests.test_no_time_at_all_and_no_end",
            "test_backends_cached.AgeTests.test_an_answer_is_good_for_its_time",
            differs="for 300 seconds unless `CACHE_AGE` says None, so that a change is not missed for ever",
        ),
        row(
            "One definition is an object, several are a list.",
            f"{_C}.MemoryTests.test_several_come_back_as_a_list",
            f"{_C}.DiskTests.test_several_come_back_as_a_list",
            differs="on disk too each with its subnet",
        ),
        row(
            "A file on disk has staticDHCPd's tables.",
            f"{_C}.DiskTests.test_it_is_in_the_file",
            "test_backends_disk_cache.LegacyTests.test_a_file_of_staticdhcpd_serves",
            differs="the server's own cache reads such a file and keeps one of its own kind",
        ),
        row(
            "memcached has staticDHCPd's keys and values.",
            f"{_C}.MemcachedTests.test_it_is_there_as_staticdhcpd_has_it",
            "test_backends_memcached.LegacyTests.test_entries_of_staticdhcpd",
        ),
        row(
            "A memory in front of a file asks that once.",
            f"{_C}.ChainTests.test_what_the_further_one_has_is_asked_for_once",
        ),
        row(
            "memcached is not emptied when sources are read anew.",
            f"{_C}.MemcachedTests.test_it_is_there_as_staticdhcpd_has_it",
        ),
    ),
)
PARTS = (_INI, _SQL, _CACHES)
